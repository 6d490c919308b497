// The hook API in C. A hook includes this and defines `run`. README.md says how it becomes a component.
#ifndef BACKFILL_HOOK_H
#define BACKFILL_HOOK_H

#include "json.h"
#include "text.h"

/** What an event ends with: a result or an error, each JSON text. */
typedef struct {
  bool is_error;
  hook_text json;
} hook_result;

/** Handles one event, which is JSON. The hook defines it. */
hook_result run(hook_text event);

/** A result that is JSON. */
hook_result hook_ok(hook_text json);
/** An error for people. */
hook_result hook_error(hook_text message);

typedef struct {
  hook_text name;
  hook_text value;
} http_header;

typedef struct {
  const http_header *items;
  size_t length;
} http_headers;

/** A body. A zero is none. */
typedef struct {
  enum { HTTP_NO_BODY, HTTP_JSON, HTTP_TEXT, HTTP_BYTES } type;
  hook_text content;
} http_body;

/** JSON, with its Content-Type unless the headers have one. */
http_body http_json(hook_text json);
/** Text, as it is. */
http_body http_text(hook_text text);
/** Bytes, as they are. */
http_body http_bytes(hook_text bytes);

/** How the host writes the Authorization field. A zero is not at all. */
typedef struct {
  enum { HTTP_NO_AUTH, HTTP_BEARER, HTTP_BASIC, HTTP_OAUTH } type;
  hook_text user;
  hook_text secret;
  bool has_min_ttl;
  uint32_t min_ttl;
} http_auth;

/** `Authorization: Bearer …` */
http_auth http_bearer(hook_text token);
/** `Authorization: Basic …` (RFC 7617) */
http_auth http_basic(hook_text user, hook_text password);
/** The connector's own token, which the hook never sees. */
http_auth http_oauth(void);
/** The same, valid for so many seconds at the least. */
http_auth http_oauth_for(uint32_t seconds);

/** The deadline of a whole call. A zero is the platform's default. */
typedef struct {
  bool is_set;
  uint32_t milliseconds;
} http_timeout;

/** So many milliseconds; 0 is HTTP_INVALID_REQUEST. */
http_timeout http_milliseconds(uint32_t milliseconds);

/** The options of a call. All may be left out. */
typedef struct {
  http_headers headers;
  /** The body, where it is not an argument of the call. */
  http_body body;
  http_auth auth;
  http_timeout timeout;
  /** The form of the response's body: JSON or text as it comes, always text, or always bytes. */
  enum { HTTP_AS_AUTO, HTTP_AS_TEXT, HTTP_AS_BYTES } response_type;
} http_options;

/** A response. Every status is one, also 4xx and 5xx. */
typedef struct {
  uint16_t status;
  /** Whether the status is one of 200 to 299. */
  bool ok;
  /** One field a name, lower case, repeated ones joined with `, `; of set-cookie the first. */
  http_headers headers;
  /** Every field in the order of arrival. */
  http_headers header_list;
  http_body body;
} http_response;

/** Why a call gave no response: docs/failures.md says when each comes. */
typedef enum {
  HTTP_INVALID_REQUEST,
  HTTP_INVALID_URL,
  HTTP_NOT_ALLOWED,
  HTTP_FORBIDDEN_HEADER,
  HTTP_INVALID_HEADER,
  HTTP_AUTH_COLLISION,
  HTTP_AUTH_UNAVAILABLE,
  HTTP_REAUTH_NEEDED,
  HTTP_REFRESH_UNAVAILABLE,
  HTTP_SECRET_NOT_ALLOWED,
  HTTP_ADDRESS_PROHIBITED,
  HTTP_DNS_ERROR,
  HTTP_CONNECTION_ERROR,
  HTTP_TLS_ERROR,
  HTTP_TIMED_OUT,
  HTTP_TOO_LARGE,
  HTTP_LIMIT_EXCEEDED,
  HTTP_PROTOCOL_ERROR,
  HTTP_CANCELLED,
  HTTP_OTHER,
} http_code;

/** A call without a response. */
typedef struct {
  /** What to branch on. */
  http_code code;
  /** The code's name, as `not-allowed`. */
  hook_text name;
  /** Where the call was: `validate`, `policy`, `connect`, … */
  hook_text phase;
  /** For people. */
  hook_text message;
  /** What the network said, for logs; none where it said nothing. */
  hook_text detail;
  /** False: no byte has left, and repeating cannot do anything twice. */
  bool request_may_have_been_sent;
} http_failure;

/** What a call gives: one of the two, the other is NULL. */
typedef struct {
  const http_response *response;
  const http_failure *failure;
} http_result;

// Calls to services outside. Each must match an entry of permissions.http. Every function waits for the whole response;
// nothing is retried and no redirect is followed.
http_result http_get(hook_text url, http_options options);
http_result http_post(hook_text url, http_body body, http_options options);
http_result http_put(hook_text url, http_body body, http_options options);
http_result http_patch(hook_text url, http_body body, http_options options);
http_result http_delete(hook_text url, http_options options);

/** The body where it is JSON, else none. */
hook_text http_json_of(const http_response *response);

/** The error of a call that gave no response: its code, phase and message. */
hook_result hook_failed(const http_failure *failure);

/** The secret, an opaque text for a sealed one; none where none is declared. */
hook_text secrets_get(hook_text name);

// One line of the log. `fields` is a JSON object, or none.
void log_debug(hook_text message, hook_text fields);
void log_info(hook_text message, hook_text fields);
void log_warn(hook_text message, hook_text fields);
void log_error(hook_text message, hook_text fields);

/** Milliseconds since 1970. */
uint64_t clock_now(void);
/** Waits; the event's deadline ends it. */
void clock_sleep(uint32_t milliseconds);

/** So many bytes that nobody can predict. More than 65536 end the event. */
hook_text random_bytes(uint32_t length);

#endif
