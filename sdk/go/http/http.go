// Package http calls services outside. Each call must match an entry of permissions.http.
//
// Every function waits for the whole response. A 4xx or 5xx is a response; a call without one gives an [*Error]. Nothing
// is retried and no redirect is followed.
package http

import (
	"backfill/internal/generated/imports/backfill_http_client"
	"backfill/internal/generated/imports/backfill_http_types"
	"backfill/internal/host"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
)

type answer = witTypes.Result[backfill_http_client.Response, backfill_http_types.Failure]

type requestBody = witTypes.Option[backfill_http_client.RequestBody]

// Get sends a GET request.
func Get(url string, options ...Option) (*Response, error) {
	return call("Get", url, options, backfill_http_client.Get)
}

// Post sends a POST request.
//
// The body is a string or a []byte, which are sent as they are, a [json.RawMessage], any other value, which is sent as
// JSON, or nil for none.
func Post(url string, body any, options ...Option) (*Response, error) {
	return send("Post", url, body, options, backfill_http_client.Post)
}

// Put sends a PUT request. The body is as that of [Post].
func Put(url string, body any, options ...Option) (*Response, error) {
	return send("Put", url, body, options, backfill_http_client.Put)
}

// Patch sends a PATCH request. The body is as that of [Post].
func Patch(url string, body any, options ...Option) (*Response, error) {
	return send("Patch", url, body, options, backfill_http_client.Patch)
}

// Delete sends a DELETE request.
func Delete(url string, options ...Option) (*Response, error) {
	return call("Delete", url, options, backfill_http_client.Delete)
}

func call(
	method, url string,
	options []Option,
	perform func(string, backfill_http_client.RequestOptions) answer,
) (*Response, error) {
	return send(method, url, nil, options,
		func(url string, _ requestBody, options backfill_http_client.RequestOptions) answer {
			return perform(url, options)
		})
}

func send(
	method, url string,
	body any,
	options []Option,
	perform func(string, requestBody, backfill_http_client.RequestOptions) answer,
) (*Response, error) {
	content, err := encodeBody(body)
	if err != nil {
		return nil, invalidRequest(method, url, err)
	}
	encoded, err := encodeOptions(options)
	if err != nil {
		return nil, invalidRequest(method, url, err)
	}
	result := perform(host.Text(url), content, encoded)
	if result.IsErr() {
		return nil, errorOf(method, url, result.Err())
	}
	return responseOf(result.Ok()), nil
}
