// Package host is how values cross to the host.
package host

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Text is text as it crosses the boundary: with U+FFFD for what is not UTF-8.
func Text(text string) string {
	return strings.ToValidUTF8(text, "\uFFFD")
}

// JSON is value as JSON text in the form that the other languages write: `<` and its kind stay as they are.
func JSON(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}
