// Package host is the way out of the hook.
package host

import (
	"runtime/debug"
	"strings"
)

const percent = 100

func init() {
	debug.SetGCPercent(-1)
}

// Enter lets the collector run, until the function that it returns is called.
//
// What the host hands over is allocated in here while nothing of the host may be called, and the collector would call
// it, for the time. So the collector is off whenever the host is at work.
func Enter() (leave func()) {
	debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(-1) }
}

// Call calls the host.
func Call[T any](call func() T) T {
	debug.SetGCPercent(-1)
	defer debug.SetGCPercent(percent)
	return call()
}

// Text is text as it crosses the boundary: with U+FFFD for what is not UTF-8.
func Text(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}
