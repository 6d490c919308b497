package http

import (
	"encoding/json"
	"errors"

	"backfill/internal/generated/imports/backfill_http_client"
	"backfill/internal/generated/imports/backfill_http_types"
)

// Response is a response. Every status is one, also 4xx and 5xx.
type Response struct {
	Status int
	// OK is true for a status of 200 to 299.
	OK bool
	// Headers has one field a name, in lower case: repeated ones are joined with `, `, but set-cookie, of which it has
	// the first.
	Headers map[string]string
	// HeaderList has every field in the order of arrival, as pairs of name and value.
	HeaderList [][2]string
	// Body is what came, and Type what it is.
	Body []byte
	Type BodyType
}

// BodyType is the form of a body that came.
type BodyType uint8

const (
	// BodyJSON is well-formed JSON whose media type says so.
	BodyJSON = BodyType(backfill_http_client.ResponseBody_Json)
	// BodyText is other text, or what was asked for with [AsText].
	BodyText = BodyType(backfill_http_client.ResponseBody_Text)
	// BodyBytes is what was asked for with [AsBytes], or text in a charset that is neither UTF-8 nor Latin-1.
	BodyBytes = BodyType(backfill_http_client.ResponseBody_Bytes)
)

// JSON reads the body into value, as [json.Unmarshal] does. It is an error where the body is no JSON.
func (r *Response) JSON(value any) error {
	if r.Type != BodyJSON {
		return errors.New("the body of the response is no JSON")
	}
	return json.Unmarshal(r.Body, value)
}

// Text is the body as text.
func (r *Response) Text() string {
	return string(r.Body)
}

func responseOf(response backfill_http_client.Response) *Response {
	headers := make(map[string]string, len(response.Headers))
	for _, field := range response.Headers {
		headers[field.Name] = field.Value
	}
	return &Response{
		Status:     int(response.Status),
		OK:         response.Ok,
		Headers:    headers,
		HeaderList: pairs(response.HeaderList),
		Body:       content(response.Body),
		Type:       BodyType(response.Body.Tag()),
	}
}

func pairs(fields []backfill_http_types.Header) [][2]string {
	list := make([][2]string, len(fields))
	for i, field := range fields {
		list[i] = [2]string{field.Name, field.Value}
	}
	return list
}

func content(body backfill_http_client.ResponseBody) []byte {
	switch body.Tag() {
	case backfill_http_client.ResponseBody_Json:
		return []byte(body.Json())
	case backfill_http_client.ResponseBody_Text:
		return []byte(body.Text())
	}
	return body.Bytes()
}
