// Package random gives randomness that nobody can predict.
package random

import (
	"fmt"

	"backfill/internal/generated/imports/backfill_http_random"
)

// Bytes gives so many bytes. More than 65536 end the event.
func Bytes(length uint32) []byte {
	return backfill_http_random.Bytes(length)
}

// UUID gives one of version 4, as an idempotency key wants it.
func UUID() string {
	id := Bytes(16)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
