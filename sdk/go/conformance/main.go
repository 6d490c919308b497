// Does what a case of the conformance suite tells it, step by step, and reports what a hook sees of each step.
package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"backfill/clock"
	"backfill/hook"
	"backfill/http"
	"backfill/log"
	"backfill/random"
	"backfill/secrets"
)

type object = map[string]any

type event struct {
	Calls []json.RawMessage
}

type call struct {
	Method  string
	URL     string
	Body    *body
	Options options
	Secret  *string

	Sleep  *uint32
	Now    bool
	Random *uint32
	Log    *line
	Trap   *string
	Spin   bool
	Grow   *int
}

type body struct {
	JSON  *string
	Text  *string
	Bytes []byte
}

type options struct {
	Headers      [][2]string
	Body         *body
	Auth         *auth
	Timeout      *int64
	ResponseType string
}

type auth struct {
	Bearer *string
	Basic  *struct{ User, Pass string }
	OAuth  *struct{ MinTTLSeconds *int64 }
}

type line struct {
	Level   string
	Message string
	Fields  map[string]any
}

// Before this moment no clock that runs can be.
var thisYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func init() { hook.Handle(run) }

func main() {}

func run(event event) (object, error) {
	outcomes := []any{}
	for _, text := range event.Calls {
		outcome, err := step(text)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, outcome)
	}
	return object{"outcomes": outcomes}, nil
}

func step(text json.RawMessage) (object, error) {
	call, err := read(text)
	if err != nil {
		return nil, err
	}
	switch {
	case call.Sleep != nil:
		clock.Sleep(time.Duration(*call.Sleep) * time.Millisecond)
		return object{"slept": *call.Sleep}, nil
	case call.Now:
		return object{"now": !clock.Now().Before(thisYear)}, nil
	case call.Random != nil:
		return object{"random": len(random.Bytes(*call.Random))}, nil
	case call.Log != nil:
		write(call.Log)
		return object{"logged": call.Log.Level}, nil
	case call.Trap != nil:
		return nil, errors.New(*call.Trap)
	case call.Spin:
		for {
		}
	case call.Grow != nil:
		return object{"grown": len(make([]byte, *call.Grow))}, nil
	}
	return send(call, text)
}

func read(text []byte) (call, error) {
	var read call
	return read, json.Unmarshal(text, &read)
}

func write(line *line) {
	fields := []any{}
	for name, value := range line.Fields {
		fields = append(fields, name, value)
	}
	switch line.Level {
	case "debug":
		log.Debug(line.Message, fields...)
	case "info":
		log.Info(line.Message, fields...)
	case "warn":
		log.Warn(line.Message, fields...)
	default:
		log.Error(line.Message, fields...)
	}
}

func send(call call, text json.RawMessage) (object, error) {
	if call.Secret != nil {
		value, declared := secrets.Get(*call.Secret)
		if !declared {
			return object{"noSecret": *call.Secret}, nil
		}
		// In the text of the whole call, so that every place takes it.
		quoted, _ := json.Marshal(value)
		filled := strings.ReplaceAll(string(text), "{{secret}}", string(quoted[1:len(quoted)-1]))
		var err error
		if call, err = read([]byte(filled)); err != nil {
			return nil, err
		}
	}
	response, err := perform(call)
	if failure := new(http.Error); errors.As(err, &failure) {
		return object{"failure": reportFailure(failure)}, nil
	}
	return object{"response": reportResponse(response)}, nil
}

func perform(call call) (*http.Response, error) {
	options := optionsOf(call.Options)
	switch call.Method {
	case "get":
		return http.Get(call.URL, options...)
	case "put":
		return http.Put(call.URL, content(call.Body), options...)
	case "patch":
		return http.Patch(call.URL, content(call.Body), options...)
	case "delete":
		return http.Delete(call.URL, options...)
	}
	return http.Post(call.URL, content(call.Body), options...)
}

func content(body *body) any {
	switch {
	case body == nil:
		return nil
	case body.JSON != nil:
		return json.RawMessage(*body.JSON)
	case body.Text != nil:
		return *body.Text
	}
	return body.Bytes
}

func optionsOf(given options) []http.Option {
	options := []http.Option{http.Body(content(given.Body))}
	for _, field := range given.Headers {
		options = append(options, http.Header(field[0], field[1]))
	}
	if given.Timeout != nil {
		options = append(options, http.Timeout(time.Duration(*given.Timeout)*time.Millisecond))
	}
	switch given.ResponseType {
	case "text":
		options = append(options, http.AsText())
	case "bytes":
		options = append(options, http.AsBytes())
	}
	return append(options, authOf(given.Auth)...)
}

func authOf(given *auth) []http.Option {
	options := []http.Option{}
	if given == nil {
		return options
	}
	if given.Bearer != nil {
		options = append(options, http.Bearer(*given.Bearer))
	}
	if given.Basic != nil {
		options = append(options, http.Basic(given.Basic.User, given.Basic.Pass))
	}
	if given.OAuth != nil && given.OAuth.MinTTLSeconds != nil {
		options = append(options, http.OAuthFor(time.Duration(*given.OAuth.MinTTLSeconds)*time.Second))
	} else if given.OAuth != nil {
		options = append(options, http.OAuth())
	}
	return options
}

func reportResponse(response *http.Response) object {
	// In the order of arrival, which a map does not keep.
	headers := [][2]string{}
	seen := map[string]bool{}
	for _, field := range response.HeaderList {
		if name := field[0]; !seen[name] {
			seen[name] = true
			headers = append(headers, [2]string{name, response.Headers[name]})
		}
	}
	return object{
		"status":     response.Status,
		"ok":         response.OK,
		"headers":    headers,
		"headerList": response.HeaderList,
		"body":       reportBody(response),
	}
}

func reportBody(response *http.Response) object {
	switch response.Type {
	case http.BodyJSON:
		return object{"json": response.Text()}
	case http.BodyBytes:
		return object{"bytes": base64.StdEncoding.EncodeToString(response.Body)}
	}
	return object{"text": response.Text()}
}

func reportFailure(failure *http.Error) object {
	var detail any
	if failure.Detail != "" {
		detail = failure.Detail
	}
	return object{
		"code":                   failure.Code,
		"phase":                  failure.Phase,
		"requestMayHaveBeenSent": failure.RequestMayHaveBeenSent,
		"message":                failure.Message,
		"detail":                 detail,
	}
}
