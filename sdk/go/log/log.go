// Package log writes the hook's log. Writing never fails.
package log

import (
	"fmt"

	"backfill/internal/generated/imports/backfill_http_log"
	"backfill/internal/host"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
)

// Debug writes a line for the hook's author. The fields are names and values by turns, as in log/slog.
func Debug(message string, fields ...any) {
	write(backfill_http_log.Level_Debug, message, fields)
}

// Info writes a line for the record.
func Info(message string, fields ...any) {
	write(backfill_http_log.Level_Info, message, fields)
}

// Warn writes a line about something to look at.
func Warn(message string, fields ...any) {
	write(backfill_http_log.Level_Warn, message, fields)
}

// Error writes a line about something that went wrong.
func Error(message string, fields ...any) {
	write(backfill_http_log.Level_Error, message, fields)
}

func write(level backfill_http_log.Level, message string, fields []any) {
	text := witTypes.None[string]()
	if len(fields) > 0 {
		text = witTypes.Some(object(fields))
	}
	backfill_http_log.Write(level, host.Text(message), text)
}

// object is the fields as JSON. A value that JSON has no form for is written as Go prints it.
func object(fields []any) string {
	members := make(map[string]any, len(fields)/2)
	for i := 0; i < len(fields); i += 2 {
		name, value := fmt.Sprint(fields[i]), any(nil)
		if i+1 < len(fields) {
			value = fields[i+1]
		}
		if _, err := host.JSON(value); err != nil {
			value = fmt.Sprint(value)
		}
		members[name] = value
	}
	text, _ := host.JSON(members)
	return text
}
