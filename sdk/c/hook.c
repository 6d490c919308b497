#include "hook.h"

#include <string.h>

#include "bindings.h"

typedef backfill_http_client_request_options_t wire_options;
typedef backfill_http_client_request_body_t wire_body;
typedef backfill_http_client_response_t wire_response;
typedef backfill_http_client_failure_t wire_failure;
typedef backfill_http_client_list_header_t wire_headers;

static bindings_string_t lower(hook_text text) { return (bindings_string_t){(uint8_t *)text.data, text.length}; }

/** As `lower`, in memory of its own. */
static bindings_string_t copy(hook_text text) {
  uint8_t *data = hook_allocate(text.length);
  memcpy(data, text.data, text.length);
  return (bindings_string_t){data, text.length};
}

/** A text that came is never none, also where it is empty. */
static hook_text lift(bindings_string_t text) {
  return (hook_text){text.len == 0 ? "" : (const char *)text.ptr, text.len};
}

static wire_headers lower_headers(http_headers headers) {
  wire_headers lowered = {hook_allocate(headers.length * sizeof *lowered.ptr), headers.length};
  for (size_t i = 0; i < headers.length; ++i) {
    lowered.ptr[i].name = lower(headers.items[i].name);
    lowered.ptr[i].value = lower(headers.items[i].value);
  }
  return lowered;
}

static http_headers lift_headers(wire_headers headers) {
  http_header *lifted = hook_allocate(headers.len * sizeof *lifted);
  for (size_t i = 0; i < headers.len; ++i) {
    lifted[i] = (http_header){lift(headers.ptr[i].name), lift(headers.ptr[i].value)};
  }
  return (http_headers){lifted, headers.len};
}

static wire_body lower_body(http_body body) {
  wire_body lowered = {0};
  // The three cases hold the same pair of a pointer and a length.
  lowered.val.text = lower(body.content);
  if (body.type == HTTP_JSON) lowered.tag = BACKFILL_HTTP_CLIENT_REQUEST_BODY_JSON;
  if (body.type == HTTP_TEXT) lowered.tag = BACKFILL_HTTP_CLIENT_REQUEST_BODY_TEXT;
  if (body.type == HTTP_BYTES) lowered.tag = BACKFILL_HTTP_CLIENT_REQUEST_BODY_BYTES;
  return lowered;
}

static http_body lift_body(backfill_http_client_response_body_t body) {
  hook_text content = lift(body.val.text);
  if (body.tag == BACKFILL_HTTP_CLIENT_RESPONSE_BODY_JSON) return http_json(content);
  if (body.tag == BACKFILL_HTTP_CLIENT_RESPONSE_BODY_TEXT) return http_text(content);
  return http_bytes(content);
}

static backfill_http_client_option_authorization_t lower_auth(http_auth auth) {
  backfill_http_client_option_authorization_t lowered = {.is_some = auth.type != HTTP_NO_AUTH};
  if (auth.type == HTTP_BEARER) {
    lowered.val.tag = BACKFILL_HTTP_TYPES_AUTHORIZATION_BEARER;
    lowered.val.val.bearer = lower(auth.secret);
  } else if (auth.type == HTTP_BASIC) {
    lowered.val.tag = BACKFILL_HTTP_TYPES_AUTHORIZATION_BASIC;
    lowered.val.val.basic.user = lower(auth.user);
    lowered.val.val.basic.password = lower(auth.secret);
  } else if (auth.type == HTTP_OAUTH) {
    lowered.val.tag = BACKFILL_HTTP_TYPES_AUTHORIZATION_OAUTH;
    lowered.val.val.oauth.min_ttl.is_some = auth.has_min_ttl;
    lowered.val.val.oauth.min_ttl.val = auth.min_ttl;
  }
  return lowered;
}

static wire_options lower_options(http_options options) {
  wire_options lowered = {
      .headers = lower_headers(options.headers),
      .authorization = lower_auth(options.auth),
      .timeout = {options.timeout.is_set, options.timeout.milliseconds},
      .response_type = (backfill_http_client_response_type_t)options.response_type,
  };
  lowered.body.is_some = options.body.type != HTTP_NO_BODY;
  lowered.body.val = lower_body(options.body);
  return lowered;
}

static const char *const CODES[] = {
    "invalid-request",     "invalid-url",        "not-allowed",        "forbidden-header", "invalid-header",
    "auth-collision",      "auth-unavailable",   "reauth-needed",      "refresh-unavailable", "secret-not-allowed",
    "address-prohibited",  "dns-error",          "connection-error",   "tls-error",        "timeout",
    "too-large",           "limit-exceeded",     "protocol-error",     "cancelled",        "other",
};
_Static_assert(sizeof CODES / sizeof *CODES == HTTP_OTHER + 1, "a name for each code");
_Static_assert((int)HTTP_OTHER == BACKFILL_HTTP_TYPES_FAILURE_CODE_OTHER, "the codes in the order of the contract");

static const char *const PHASES[] = {"validate", "policy", "queue",   "auth", "dns",   "connect",
                                     "tls",      "send",   "headers", "body", "decode"};
_Static_assert(sizeof PHASES / sizeof *PHASES == BACKFILL_HTTP_TYPES_PHASE_DECODE + 1, "a name for each phase");

static http_failure lift_failure(const wire_failure *failure) {
  return (http_failure){
      .code = (http_code)failure->code,
      .name = text_of(CODES[failure->code]),
      .phase = text_of(PHASES[failure->phase]),
      .message = lift(failure->message),
      .detail = failure->detail.is_some ? lift(failure->detail.val) : (hook_text){0},
      .request_may_have_been_sent = failure->request_may_have_been_sent,
  };
}

static http_response lift_response(const wire_response *response) {
  return (http_response){
      .status = response->status,
      .ok = response->ok,
      .headers = lift_headers(response->headers),
      .header_list = lift_headers(response->header_list),
      .body = lift_body(response->body),
  };
}

static http_result lift_result(bool is_ok, const wire_response *response, const wire_failure *failure) {
  if (is_ok) {
    http_response *lifted = hook_allocate(sizeof *lifted);
    *lifted = lift_response(response);
    return (http_result){.response = lifted};
  }
  http_failure *lifted = hook_allocate(sizeof *lifted);
  *lifted = lift_failure(failure);
  return (http_result){.failure = lifted};
}

typedef bool without_body(bindings_string_t *, wire_options *, wire_response *, wire_failure *);
typedef bool with_body(bindings_string_t *, wire_body *, wire_options *, wire_response *, wire_failure *);

static http_result call(without_body *method, hook_text url, http_options options) {
  bindings_string_t target = lower(url);
  wire_options lowered = lower_options(options);
  wire_response response;
  wire_failure failure;
  bool is_ok = method(&target, &lowered, &response, &failure);
  return lift_result(is_ok, &response, &failure);
}

static http_result send(with_body *method, hook_text url, http_body body, http_options options) {
  bindings_string_t target = lower(url);
  wire_body content = lower_body(body);
  wire_options lowered = lower_options(options);
  wire_response response;
  wire_failure failure;
  bool is_ok = method(&target, body.type == HTTP_NO_BODY ? NULL : &content, &lowered, &response, &failure);
  return lift_result(is_ok, &response, &failure);
}

http_result http_get(hook_text url, http_options options) { return call(backfill_http_client_get, url, options); }

http_result http_post(hook_text url, http_body body, http_options options) {
  return send(backfill_http_client_post, url, body, options);
}

http_result http_put(hook_text url, http_body body, http_options options) {
  return send(backfill_http_client_put, url, body, options);
}

http_result http_patch(hook_text url, http_body body, http_options options) {
  return send(backfill_http_client_patch, url, body, options);
}

http_result http_delete(hook_text url, http_options options) { return call(backfill_http_client_delete, url, options); }

http_body http_json(hook_text json) { return (http_body){HTTP_JSON, json}; }
http_body http_text(hook_text text) { return (http_body){HTTP_TEXT, text}; }
http_body http_bytes(hook_text bytes) { return (http_body){HTTP_BYTES, bytes}; }

http_auth http_bearer(hook_text token) { return (http_auth){.type = HTTP_BEARER, .secret = token}; }

http_auth http_basic(hook_text user, hook_text password) {
  return (http_auth){.type = HTTP_BASIC, .user = user, .secret = password};
}

http_auth http_oauth(void) { return (http_auth){.type = HTTP_OAUTH}; }

http_auth http_oauth_for(uint32_t seconds) {
  return (http_auth){.type = HTTP_OAUTH, .has_min_ttl = true, .min_ttl = seconds};
}

http_timeout http_milliseconds(uint32_t milliseconds) { return (http_timeout){true, milliseconds}; }

hook_text http_json_of(const http_response *response) {
  return response->body.type == HTTP_JSON ? response->body.content : (hook_text){0};
}

hook_text secrets_get(hook_text name) {
  bindings_string_t lowered = lower(name);
  bindings_string_t value;
  return backfill_http_secrets_get(&lowered, &value) ? lift(value) : (hook_text){0};
}

static void write_line(backfill_http_log_level_t level, hook_text message, hook_text fields) {
  bindings_string_t lowered = lower(message);
  bindings_string_t lowered_fields = lower(fields);
  backfill_http_log_write(level, &lowered, text_is_none(fields) ? NULL : &lowered_fields);
}

void log_debug(hook_text message, hook_text fields) { write_line(BACKFILL_HTTP_LOG_LEVEL_DEBUG, message, fields); }
void log_info(hook_text message, hook_text fields) { write_line(BACKFILL_HTTP_LOG_LEVEL_INFO, message, fields); }
void log_warn(hook_text message, hook_text fields) { write_line(BACKFILL_HTTP_LOG_LEVEL_WARN, message, fields); }
void log_error(hook_text message, hook_text fields) { write_line(BACKFILL_HTTP_LOG_LEVEL_ERROR, message, fields); }

uint64_t clock_now(void) { return backfill_http_clock_now(); }
void clock_sleep(uint32_t milliseconds) { backfill_http_clock_sleep(milliseconds); }

hook_text random_bytes(uint32_t length) {
  bindings_list_u8_t bytes;
  backfill_http_random_bytes(length, &bytes);
  return (hook_text){(const char *)bytes.ptr, bytes.len};
}

hook_result hook_ok(hook_text json) { return (hook_result){false, text_is_none(json) ? TEXT("null") : json}; }

hook_result hook_error(hook_text message) {
  json_writer json = {0};
  json_put_string(&json, message);
  return (hook_result){true, json_text(&json)};
}

hook_result hook_failed(const http_failure *failure) {
  return hook_error(text_join(failure->name, TEXT(" in phase "), failure->phase, TEXT(": "), failure->message,
                              (hook_text){0}));
}

bool exports_bindings_run(bindings_string_t *event, bindings_string_t *result, bindings_string_t *error) {
  hook_result end = run(lift(*event));
  // What is handed over is freed when it has been read, and may stand in the middle of something else.
  if (end.is_error) *error = copy(end.json);
  else *result = copy(end.json);
  return !end.is_error;
}
