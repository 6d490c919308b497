#include <string.h>

#include "json.h"

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static hook_text trim(hook_text text) {
  while (text.length > 0 && is_space(text.data[0])) text = (hook_text){text.data + 1, text.length - 1};
  return text;
}

static hook_text drop(hook_text text, size_t length) { return (hook_text){text.data + length, text.length - length}; }

/** The length of the string that `text` begins with, its quotes included. */
static size_t string_length(hook_text text) {
  size_t at = 1;
  while (at < text.length && text.data[at] != '"') at += text.data[at] == '\\' ? 2 : 1;
  return at + 1;
}

/** The length of the value that `text` begins with. However deep it is, no stack is used. */
static size_t value_length(hook_text text) {
  size_t depth = 0;
  size_t at = 0;
  while (at < text.length) {
    char c = text.data[at];
    if (c == '"') {
      at += string_length(drop(text, at));
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      --depth;
      ++at;
    } else if (depth == 0 && (c == ',' || is_space(c))) {
      return at;
    } else {
      ++at;
      continue;
    }
    if (depth == 0) return at;
  }
  return at;
}

json_type json_type_of(hook_text value) {
  value = trim(value);
  if (value.length == 0) return JSON_NONE;
  switch (value.data[0]) {
  case '{':
    return JSON_OBJECT;
  case '[':
    return JSON_ARRAY;
  case '"':
    return JSON_STRING;
  case 't':
  case 'f':
    return JSON_BOOLEAN;
  case 'n':
    return JSON_NULL;
  default:
    return JSON_NUMBER;
  }
}

json_cursor json_begin(hook_text container) {
  json_type type = json_type_of(container);
  if (type != JSON_OBJECT && type != JSON_ARRAY) return (json_cursor){0};
  return (json_cursor){drop(trim(container), 1)};
}

bool json_next(json_cursor *cursor, hook_text *name, hook_text *value) {
  hook_text rest = trim(cursor->rest);
  if (rest.length > 0 && rest.data[0] == ',') rest = trim(drop(rest, 1));
  if (rest.length == 0 || rest.data[0] == '}' || rest.data[0] == ']') return false;
  hook_text first = {rest.data, value_length(rest)};
  rest = trim(drop(rest, first.length));
  bool is_member = rest.length > 0 && rest.data[0] == ':';
  if (name != NULL) *name = is_member ? first : (hook_text){0};
  if (is_member) {
    rest = trim(drop(rest, 1));
    first = (hook_text){rest.data, value_length(rest)};
    rest = drop(rest, first.length);
  }
  *value = first;
  cursor->rest = rest;
  return true;
}

hook_text json_member(hook_text object, const char *name) {
  hook_text found = {0};
  if (json_type_of(object) != JSON_OBJECT) return found;
  hook_text key, value;
  for (json_cursor at = json_begin(object); json_next(&at, &key, &value);) {
    if (text_equals(json_string(key), text_of(name))) found = value;
  }
  return found;
}

static uint32_t hexadecimal(const char *digits) {
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    char c = digits[i];
    code = code << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return code;
}

static size_t put_utf8(char *to, uint32_t code) {
  if (code < 0x80) return to[0] = (char)code, 1;
  if (code < 0x800) return to[0] = (char)(0xc0 | code >> 6), to[1] = (char)(0x80 | (code & 63)), 2;
  size_t length = code < 0x10000 ? 3 : 4;
  to[0] = (char)(length == 3 ? 0xe0 | code >> 12 : 0xf0 | code >> 18);
  for (size_t i = 1; i < length; ++i) to[i] = (char)(0x80 | (code >> 6 * (length - 1 - i) & 63));
  return length;
}

/** Reads the `\u` at `*at`, with the second half of a pair; a half alone is U+FFFD. */
static uint32_t unicode_escape(hook_text text, size_t *at) {
  uint32_t code = hexadecimal(text.data + *at + 2);
  *at += 6;
  if (code < 0xd800 || code > 0xdfff) return code;
  bool pair = code < 0xdc00 && *at + 6 <= text.length && text.data[*at] == '\\' && text.data[*at + 1] == 'u';
  uint32_t low = pair ? hexadecimal(text.data + *at + 2) : 0;
  if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
  *at += 6;
  return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static char plain_escape(char c) {
  switch (c) {
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return c;
  }
}

hook_text json_string(hook_text value) {
  if (json_type_of(value) != JSON_STRING) return (hook_text){0};
  value = trim(value);
  hook_text inner = {value.data + 1, string_length(value) - 2};
  if (inner.length == 0 || memchr(inner.data, '\\', inner.length) == NULL) return inner;
  char *data = hook_allocate(inner.length);
  size_t length = 0;
  for (size_t at = 0; at < inner.length;) {
    char c = inner.data[at];
    if (c != '\\') {
      data[length++] = c;
      ++at;
    } else if (inner.data[at + 1] == 'u') {
      length += put_utf8(data + length, unicode_escape(inner, &at));
    } else {
      data[length++] = plain_escape(inner.data[at + 1]);
      at += 2;
    }
  }
  return (hook_text){data, length};
}

/** `number` times ten to the power of `exponent`. Each step is by a power that a double holds exactly. */
static double scale(double number, int64_t exponent) {
  for (; exponent > 0 && number != 0 && number <= __DBL_MAX__; exponent -= 22) {
    double power = 1;
    for (int64_t i = 0; i < exponent && i < 22; ++i) power *= 10;
    number *= power;
  }
  for (; exponent < 0 && number != 0; exponent += 22) {
    double power = 1;
    for (int64_t i = 0; i < -exponent && i < 22; ++i) power *= 10;
    number /= power;
  }
  return number;
}

double json_number(hook_text value) {
  if (json_type_of(value) != JSON_NUMBER) return __builtin_nan("");
  value = trim(value);
  bool is_negative = value.data[0] == '-';
  uint64_t digits = 0;
  int64_t exponent = 0;
  bool in_fraction = false;
  size_t at = is_negative ? 1 : 0;
  for (; at < value.length && (value.data[at] | 0x20) != 'e'; ++at) {
    if (value.data[at] == '.') {
      in_fraction = true;
    } else if (digits < UINT64_MAX / 10 - 1) {
      digits = digits * 10 + (uint64_t)(value.data[at] - '0');
      if (in_fraction) --exponent;
    } else if (!in_fraction) {
      ++exponent;
    }
  }
  int64_t written = 0;
  bool is_small = at + 1 < value.length && value.data[at + 1] == '-';
  for (; at < value.length; ++at) {
    bool is_digit = value.data[at] >= '0' && value.data[at] <= '9';
    if (is_digit && written < 100000) written = written * 10 + (value.data[at] - '0');
  }
  double number = scale((double)digits, exponent + (is_small ? -written : written));
  return is_negative ? -number : number;
}

bool json_is_true(hook_text value) {
  value = trim(value);
  return value.length > 0 && value.data[0] == 't';
}
