// JSON as it is: a value is the text of it, and reading it copies nothing. What a hook is given (its event, a JSON body)
// is well-formed, and only such text may be given to the readers.
#ifndef BACKFILL_JSON_H
#define BACKFILL_JSON_H

#include "text.h"

typedef enum { JSON_NONE, JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_type;

/** What a value is; JSON_NONE for none. */
json_type json_type_of(hook_text value);

/** The member of this name, of several the last; none where `object` has none or is no object. */
hook_text json_member(hook_text object, const char *name);

/** A place between two values of an array or two members of an object. */
typedef struct {
  hook_text rest;
} json_cursor;

/** The place before the first value of an array or object; of anything else, a place with nothing behind it. */
json_cursor json_begin(hook_text container);

/** Steps over the next value. False where there is none. `name` is the member's (in JSON), and may be NULL. */
bool json_next(json_cursor *cursor, hook_text *name, hook_text *value);

/** The text that a JSON string stands for; none where `value` is no string. */
hook_text json_string(hook_text value);

/**
 * The number; NaN where `value` is none. It is the nearest double for up to 15 digits and exponents up to 22; for others
 * the last digits may differ, and the text of the value has them all.
 */
double json_number(hook_text value);

/** Whether `value` is `true`. */
bool json_is_true(hook_text value);

/** Writes JSON. It puts the commas and colons itself; one begins as `json_writer json = {0}`. */
typedef struct {
  char *data;
  size_t length;
  size_t capacity;
  bool follows;
} json_writer;

void json_begin_object(json_writer *json);
void json_end_object(json_writer *json);
void json_begin_array(json_writer *json);
void json_end_array(json_writer *json);
/** The name of the member whose value comes next. */
void json_put_name(json_writer *json, const char *name);
/** `text` as a JSON string; null for none. */
void json_put_string(json_writer *json, hook_text text);
void json_put_integer(json_writer *json, int64_t number);
void json_put_boolean(json_writer *json, bool value);
/** Well-formed JSON, as it is; null for none. So are numbers with a fraction written. */
void json_put_json(json_writer *json, hook_text value);
/** What has been written. */
hook_text json_text(const json_writer *json);

#endif
