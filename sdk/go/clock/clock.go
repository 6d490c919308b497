// Package clock gives the time and waits.
package clock

import (
	"math"
	"time"

	"backfill/internal/generated/imports/backfill_http_clock"
)

// Now gives the present moment, to the millisecond.
func Now() time.Time {
	return time.UnixMilli(int64(backfill_http_clock.Now()))
}

// Sleep waits; the event's deadline ends it.
func Sleep(duration time.Duration) {
	backfill_http_clock.Sleep(Milliseconds(duration))
}

// Milliseconds rounds up to a whole number, between 0 and the largest that crosses the boundary.
func Milliseconds(duration time.Duration) uint32 {
	return uint32(min(max(math.Ceil(float64(duration)/float64(time.Millisecond)), 0), math.MaxUint32))
}
