// Package hook makes a component of a function that handles events.
//
//	func init() { hook.Handle(run) }
//
//	func main() {}
//
//	func run(event Order) (any, error) { … }
package hook

import (
	"encoding/json"
	"fmt"
	"path"
	"runtime"
	"strings"

	"backfill/internal/generated/exports/export_wit_world"
	_ "backfill/internal/generated/exports/wit_exports"
	"backfill/internal/host"
)

// Handle says what the hook does with an event. Event and result are JSON; an error, or a panic, ends the event with its
// message.
func Handle[Event, Result any](run func(event Event) (Result, error)) {
	export_wit_world.Handle = func(text string) (string, string, bool) {
		result, err := handle(text, run)
		if err == nil {
			return result, "", true
		}
		failure, _ := host.JSON(host.Text(err.Error()))
		return "", failure, false
	}
}

func handle[Event, Result any](text string, run func(event Event) (Result, error)) (result string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v%s", cause, place())
		}
	}()
	var event Event
	if err := json.Unmarshal([]byte(text), &event); err != nil {
		return "", fmt.Errorf("the event is not what the hook takes: %w", err)
	}
	value, err := run(event)
	if err != nil {
		return "", err
	}
	return host.JSON(value)
}

// place is where the hook panicked: the first line of its own that is on the stack.
func place() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			return fmt.Sprintf(" (%s:%d)", path.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}
