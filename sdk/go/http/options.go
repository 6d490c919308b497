package http

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"backfill/clock"
	"backfill/internal/generated/imports/backfill_http_client"
	"backfill/internal/generated/imports/backfill_http_types"
	"backfill/internal/host"

	witTypes "go.bytecodealliance.org/pkg/wit/types"
)

// Option is one option of a call.
type Option func(*settings)

type settings struct {
	backfill_http_client.RequestOptions
	err error
}

// Header adds a field of the hook's own.
func Header(name, value string) Option {
	field := backfill_http_types.Header{Name: host.Text(name), Value: host.Text(value)}
	return func(s *settings) { s.Headers = append(s.Headers, field) }
}

// Body is the body, where it is not an argument of the call.
func Body(body any) Option {
	content, err := encodeBody(body)
	return func(s *settings) {
		s.Body = content
		s.err = err
	}
}

// Bearer has the host write `Authorization: Bearer …`.
func Bearer(token string) Option {
	return authorization(backfill_http_types.MakeAuthorizationBearer(host.Text(token)))
}

// Basic has the host write `Authorization: Basic …` (RFC 7617). The user holds no colon.
func Basic(user, password string) Option {
	credentials := backfill_http_types.BasicCredentials{User: host.Text(user), Password: host.Text(password)}
	return authorization(backfill_http_types.MakeAuthorizationBasic(credentials))
}

// OAuth has the host write the connector's own token, which the hook never sees.
func OAuth() Option {
	return oauth(witTypes.None[uint32]())
}

// OAuthFor is OAuth with a token that stays valid for this long at the least.
func OAuthFor(ttl time.Duration) Option {
	seconds := min(max(math.Ceil(ttl.Seconds()), 0), math.MaxUint32)
	return oauth(witTypes.Some(uint32(seconds)))
}

// Timeout is the deadline of the whole call. Without it, the platform's default.
func Timeout(timeout time.Duration) Option {
	milliseconds := witTypes.Some(clock.Milliseconds(timeout))
	return func(s *settings) { s.Timeout = milliseconds }
}

// AsText leaves JSON unparsed: the body of the response is text.
func AsText() Option {
	return func(s *settings) { s.ResponseType = backfill_http_client.ResponseType_Text }
}

// AsBytes gives the body of the response as bytes.
func AsBytes() Option {
	return func(s *settings) { s.ResponseType = backfill_http_client.ResponseType_Bytes }
}

func oauth(ttl witTypes.Option[uint32]) Option {
	return authorization(backfill_http_types.MakeAuthorizationOauth(backfill_http_types.OauthOptions{MinTtl: ttl}))
}

func authorization(value backfill_http_types.Authorization) Option {
	return func(s *settings) {
		if s.Authorization.IsSome() {
			s.err = fmt.Errorf("the call has more than one of Bearer, Basic and OAuth; give one")
		}
		s.Authorization = witTypes.Some(value)
	}
}

func encodeOptions(options []Option) (backfill_http_client.RequestOptions, error) {
	var s settings
	for _, option := range options {
		option(&s)
		if s.err != nil {
			break
		}
	}
	return s.RequestOptions, s.err
}

func encodeBody(body any) (requestBody, error) {
	switch body := body.(type) {
	case nil:
		return witTypes.None[backfill_http_client.RequestBody](), nil
	case string:
		return witTypes.Some(backfill_http_client.MakeRequestBodyText(host.Text(body))), nil
	case []byte:
		return witTypes.Some(backfill_http_client.MakeRequestBodyBytes(body)), nil
	case json.RawMessage:
		return witTypes.Some(backfill_http_client.MakeRequestBodyJson(host.Text(string(body)))), nil
	}
	text, err := host.JSON(body)
	if err != nil {
		return witTypes.None[backfill_http_client.RequestBody](), fmt.Errorf("the body cannot be written as JSON: %w", err)
	}
	return witTypes.Some(backfill_http_client.MakeRequestBodyJson(text)), nil
}
