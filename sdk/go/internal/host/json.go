package host

import (
	"bytes"
	"encoding/json"
)

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
