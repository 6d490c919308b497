#include <stdlib.h>
#include <string.h>

#include "json.h"

static void put(json_writer *json, const char *data, size_t length) {
  if (json->length + length > json->capacity) {
    json->capacity = (json->length + length) * 2;
    json->data = realloc(json->data, json->capacity);
    if (json->data == NULL) __builtin_trap();
  }
  memcpy(json->data + json->length, data, length);
  json->length += length;
}

/** Begins a value: a comma stands before one that follows another. */
static void begin_value(json_writer *json) {
  if (json->follows) put(json, ",", 1);
  json->follows = true;
}

static void open(json_writer *json, const char *bracket) {
  begin_value(json);
  put(json, bracket, 1);
  json->follows = false;
}

static void close(json_writer *json, const char *bracket) {
  put(json, bracket, 1);
  json->follows = true;
}

void json_begin_object(json_writer *json) { open(json, "{"); }
void json_end_object(json_writer *json) { close(json, "}"); }
void json_begin_array(json_writer *json) { open(json, "["); }
void json_end_array(json_writer *json) { close(json, "]"); }

static void put_quoted(json_writer *json, hook_text text) {
  put(json, "\"", 1);
  size_t plain = 0;
  for (size_t at = 0; at < text.length; ++at) {
    unsigned char c = (unsigned char)text.data[at];
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    put(json, text.data + plain, at - plain);
    char escape[] = {'\\', (char)c};
    char control[] = {'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
    if (c < 0x20) put(json, control, sizeof control);
    else put(json, escape, sizeof escape);
    plain = at + 1;
  }
  put(json, text.data + plain, text.length - plain);
  put(json, "\"", 1);
}

void json_put_name(json_writer *json, const char *name) {
  begin_value(json);
  put_quoted(json, text_of(name));
  put(json, ":", 1);
  json->follows = false;
}

void json_put_string(json_writer *json, hook_text text) {
  if (text_is_none(text)) return json_put_json(json, text);
  begin_value(json);
  put_quoted(json, text);
}

void json_put_integer(json_writer *json, int64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
  do digits[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (number < 0) digits[--at] = '-';
  json_put_json(json, (hook_text){digits + at, sizeof digits - at});
}

void json_put_boolean(json_writer *json, bool value) { json_put_json(json, value ? TEXT("true") : TEXT("false")); }

void json_put_json(json_writer *json, hook_text value) {
  if (text_is_none(value)) value = TEXT("null");
  begin_value(json);
  put(json, value.data, value.length);
}

hook_text json_text(const json_writer *json) { return (hook_text){json->data, json->length}; }
