// Does what a case of the conformance suite tells it, step by step, and reports what a hook sees of each step.
#include "hook.h"

#include <stdlib.h>
#include <string.h>

#include "base64.h"

// 2026-01-01, before which no clock that runs can be.
static const uint64_t THIS_YEAR = 1767225600000;

static hook_text string_member(hook_text object, const char *name) { return json_string(json_member(object, name)); }

static uint32_t integer_member(hook_text object, const char *name) {
  return (uint32_t)json_number(json_member(object, name));
}

static http_body body_of(hook_text body) {
  hook_text bytes = string_member(body, "bytes");
  if (!text_is_none(bytes)) return http_bytes(base64_decode(bytes));
  hook_text json = string_member(body, "json");
  if (!text_is_none(json)) return http_json(json);
  hook_text text = string_member(body, "text");
  return text_is_none(text) ? (http_body){0} : http_text(text);
}

static http_headers headers_of(hook_text pairs) {
  size_t count = 0;
  hook_text pair;
  for (json_cursor at = json_begin(pairs); json_next(&at, NULL, &pair);) ++count;
  http_header *headers = hook_allocate(count * sizeof *headers);
  http_header *next = headers;
  for (json_cursor at = json_begin(pairs); json_next(&at, NULL, &pair); ++next) {
    hook_text value;
    json_cursor inner = json_begin(pair);
    if (json_next(&inner, NULL, &value)) next->name = json_string(value);
    if (json_next(&inner, NULL, &value)) next->value = json_string(value);
  }
  return (http_headers){headers, count};
}

static http_auth auth_of(hook_text auth) {
  hook_text bearer = json_member(auth, "bearer");
  if (!text_is_none(bearer)) return http_bearer(json_string(bearer));
  hook_text basic = json_member(auth, "basic");
  if (!text_is_none(basic)) return http_basic(string_member(basic, "user"), string_member(basic, "pass"));
  hook_text oauth = json_member(auth, "oauth");
  if (text_is_none(oauth)) return (http_auth){0};
  bool has_ttl = !text_is_none(json_member(oauth, "minTtlSeconds"));
  return has_ttl ? http_oauth_for(integer_member(oauth, "minTtlSeconds")) : http_oauth();
}

static http_options options_of(hook_text given) {
  http_options options = {
      .headers = headers_of(json_member(given, "headers")),
      .body = body_of(json_member(given, "body")),
      .auth = auth_of(json_member(given, "auth")),
  };
  if (!text_is_none(json_member(given, "timeout"))) {
    options.timeout = http_milliseconds(integer_member(given, "timeout"));
  }
  hook_text type = string_member(given, "responseType");
  if (text_equals(type, TEXT("text"))) options.response_type = HTTP_AS_TEXT;
  if (text_equals(type, TEXT("bytes"))) options.response_type = HTTP_AS_BYTES;
  return options;
}

static http_result perform(hook_text call) {
  hook_text url = string_member(call, "url");
  http_body body = body_of(json_member(call, "body"));
  http_options options = options_of(json_member(call, "options"));
  hook_text method = string_member(call, "method");
  if (text_equals(method, TEXT("get"))) return http_get(url, options);
  if (text_equals(method, TEXT("put"))) return http_put(url, body, options);
  if (text_equals(method, TEXT("patch"))) return http_patch(url, body, options);
  if (text_equals(method, TEXT("delete"))) return http_delete(url, options);
  return http_post(url, body, options);
}

static void report_headers(json_writer *json, const char *name, http_headers headers) {
  json_put_name(json, name);
  json_begin_array(json);
  for (size_t i = 0; i < headers.length; ++i) {
    json_begin_array(json);
    json_put_string(json, headers.items[i].name);
    json_put_string(json, headers.items[i].value);
    json_end_array(json);
  }
  json_end_array(json);
}

static void report_response(json_writer *json, const http_response *response) {
  json_put_name(json, "response");
  json_begin_object(json);
  json_put_name(json, "status");
  json_put_integer(json, response->status);
  json_put_name(json, "ok");
  json_put_boolean(json, response->ok);
  report_headers(json, "headers", response->headers);
  report_headers(json, "headerList", response->header_list);
  json_put_name(json, "body");
  json_begin_object(json);
  bool is_bytes = response->body.type == HTTP_BYTES;
  json_put_name(json, is_bytes ? "bytes" : response->body.type == HTTP_JSON ? "json" : "text");
  json_put_string(json, is_bytes ? base64_encode(response->body.content) : response->body.content);
  json_end_object(json);
  json_end_object(json);
}

static void report_failure(json_writer *json, const http_failure *failure) {
  json_put_name(json, "failure");
  json_begin_object(json);
  json_put_name(json, "code");
  json_put_string(json, failure->name);
  json_put_name(json, "phase");
  json_put_string(json, failure->phase);
  json_put_name(json, "requestMayHaveBeenSent");
  json_put_boolean(json, failure->request_may_have_been_sent);
  json_put_name(json, "message");
  json_put_string(json, failure->message);
  json_put_name(json, "detail");
  json_put_string(json, failure->detail);
  json_end_object(json);
}

/** `text` with `value`, as it stands in a JSON string, in place of each `{{secret}}`. */
static hook_text fill(hook_text text, hook_text value) {
  static const char MARK[] = "{{secret}}";
  size_t mark = sizeof MARK - 1;
  json_writer quoted = {0};
  json_put_string(&quoted, value);
  hook_text inner = {quoted.data + 1, quoted.length - 2};
  char *filled = hook_allocate(text.length / mark * inner.length + text.length);
  size_t length = 0;
  for (size_t at = 0; at < text.length;) {
    bool is_mark = text.length - at >= mark && memcmp(text.data + at, MARK, mark) == 0;
    hook_text piece = is_mark ? inner : (hook_text){text.data + at, 1};
    memcpy(filled + length, piece.data, piece.length);
    length += piece.length;
    at += is_mark ? mark : 1;
  }
  return (hook_text){filled, length};
}

static void send(json_writer *json, hook_text call) {
  hook_text secret = string_member(call, "secret");
  if (!text_is_none(secret)) {
    hook_text value = secrets_get(secret);
    if (text_is_none(value)) {
      json_put_name(json, "noSecret");
      return json_put_string(json, secret);
    }
    // In the text of the whole call, so that every place takes it.
    call = fill(call, value);
  }
  http_result result = perform(call);
  if (result.failure != NULL) report_failure(json, result.failure);
  else report_response(json, result.response);
}

static void write_line(json_writer *json, hook_text line) {
  hook_text level = string_member(line, "level");
  hook_text message = string_member(line, "message");
  hook_text fields = json_member(line, "fields");
  if (text_equals(level, TEXT("debug"))) log_debug(message, fields);
  else if (text_equals(level, TEXT("info"))) log_info(message, fields);
  else if (text_equals(level, TEXT("warn"))) log_warn(message, fields);
  else log_error(message, fields);
  json_put_name(json, "logged");
  json_put_string(json, level);
}

static void spin(void) {
  for (volatile uint32_t turns = 0;;) ++turns;
}

/** Does one step, and writes the members of its outcome. */
static void step(json_writer *json, hook_text call) {
  if (!text_is_none(json_member(call, "sleep"))) {
    clock_sleep(integer_member(call, "sleep"));
    json_put_name(json, "slept");
    json_put_json(json, json_member(call, "sleep"));
  } else if (!text_is_none(json_member(call, "now"))) {
    json_put_name(json, "now");
    json_put_boolean(json, clock_now() >= THIS_YEAR);
  } else if (!text_is_none(json_member(call, "random"))) {
    json_put_name(json, "random");
    json_put_integer(json, (int64_t)random_bytes(integer_member(call, "random")).length);
  } else if (!text_is_none(json_member(call, "log"))) {
    write_line(json, json_member(call, "log"));
  } else if (!text_is_none(json_member(call, "spin"))) {
    spin();
  } else if (!text_is_none(json_member(call, "grow"))) {
    hook_allocate(integer_member(call, "grow"));
    json_put_name(json, "grown");
    json_put_json(json, json_member(call, "grow"));
  } else {
    send(json, call);
  }
}

hook_result run(hook_text event) {
  json_writer json = {0};
  json_begin_object(&json);
  json_put_name(&json, "outcomes");
  json_begin_array(&json);
  hook_text call;
  for (json_cursor at = json_begin(json_member(event, "calls")); json_next(&at, NULL, &call);) {
    hook_text trap = string_member(call, "trap");
    if (!text_is_none(trap)) return hook_error(trap);
    json_begin_object(&json);
    step(&json, call);
    json_end_object(&json);
  }
  json_end_array(&json);
  json_end_object(&json);
  return hook_ok(json_text(&json));
}
