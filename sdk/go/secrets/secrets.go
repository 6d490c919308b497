// Package secrets gives the named secrets of the platform.
package secrets

import (
	"backfill/internal/generated/imports/backfill_http_secrets"
	"backfill/internal/host"
)

// Get gives the value, an opaque text for a sealed secret. It is false where none is declared under this name.
func Get(name string) (string, bool) {
	value := backfill_http_secrets.Get(host.Text(name))
	return value.SomeOr(""), value.IsSome()
}
