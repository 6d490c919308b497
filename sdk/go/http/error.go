package http

import (
	"fmt"
	"regexp"

	"backfill/internal/generated/imports/backfill_http_types"
)

// Error is a call without a response.
type Error struct {
	// Code is what to branch on, never the message.
	Code Code
	// Phase is where the call was.
	Phase string
	// Message is for people.
	Message string
	// Detail is what the network said, for logs, or empty.
	Detail string
	// RequestMayHaveBeenSent is false where no byte has left, and repeating the call cannot do anything twice.
	RequestMayHaveBeenSent bool
	call                   string
}

// Error names the call, what ended it and where.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s in phase %s: %s", e.call, e.Code, e.Phase, e.Message)
}

// Code says why a call gave no response: docs/failures.md tells when each comes. The list is closed.
type Code string

// The codes.
const (
	CodeInvalidRequest     Code = "invalid-request"
	CodeInvalidURL         Code = "invalid-url"
	CodeNotAllowed         Code = "not-allowed"
	CodeForbiddenHeader    Code = "forbidden-header"
	CodeInvalidHeader      Code = "invalid-header"
	CodeAuthCollision      Code = "auth-collision"
	CodeAuthUnavailable    Code = "auth-unavailable"
	CodeReauthNeeded       Code = "reauth-needed"
	CodeRefreshUnavailable Code = "refresh-unavailable"
	CodeSecretNotAllowed   Code = "secret-not-allowed"
	CodeAddressProhibited  Code = "address-prohibited"
	CodeDNSError           Code = "dns-error"
	CodeConnectionError    Code = "connection-error"
	CodeTLSError           Code = "tls-error"
	CodeTimeout            Code = "timeout"
	CodeTooLarge           Code = "too-large"
	CodeLimitExceeded      Code = "limit-exceeded"
	CodeProtocolError      Code = "protocol-error"
	CodeCancelled          Code = "cancelled"
	CodeOther              Code = "other"
)

// In the order of the contract.
var (
	codes = [...]Code{
		CodeInvalidRequest, CodeInvalidURL, CodeNotAllowed, CodeForbiddenHeader, CodeInvalidHeader,
		CodeAuthCollision, CodeAuthUnavailable, CodeReauthNeeded, CodeRefreshUnavailable, CodeSecretNotAllowed,
		CodeAddressProhibited, CodeDNSError, CodeConnectionError, CodeTLSError, CodeTimeout,
		CodeTooLarge, CodeLimitExceeded, CodeProtocolError, CodeCancelled,
		backfill_http_types.FailureCode_Other: CodeOther,
	}
	phases = [...]string{
		"validate", "policy", "queue", "auth", "dns", "connect", "tls", "send", "headers", "body",
		backfill_http_types.Phase_Decode: "decode",
	}
)

func errorOf(method, url string, failure backfill_http_types.Failure) *Error {
	return &Error{
		Code:                   codes[failure.Code],
		Phase:                  phases[failure.Phase],
		Message:                failure.Message,
		Detail:                 failure.Detail.SomeOr(""),
		RequestMayHaveBeenSent: failure.RequestMayHaveBeenSent,
		call:                   name(method, url),
	}
}

func invalidRequest(method, url string, err error) *Error {
	return &Error{Code: CodeInvalidRequest, Phase: phases[0], Message: err.Error(), call: name(method, url)}
}

var hidden = regexp.MustCompile(`[?#].*|//[^/?#]*@`)

// name is the call without what may hold a key: userinfo, query, fragment.
func name(method, url string) string {
	return "http." + method + " " + hidden.ReplaceAllStringFunc(url, func(part string) string {
		if part[0] == '/' {
			return "//"
		}
		return ""
	})
}
