// Text and bytes. Nothing is ever freed: a hook lives for one event.
#ifndef BACKFILL_TEXT_H
#define BACKFILL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** UTF-8 text, or bytes. It has no zero at its end. One whose `data` is NULL is none. */
typedef struct {
  const char *data;
  size_t length;
} hook_text;

/** The text of a string literal. */
#define TEXT(literal) ((hook_text){(literal), sizeof(literal) - 1})

/** The text of a string with a zero at its end; none for NULL. */
hook_text text_of(const char *string);

/** The texts one after another. The list ends with a none: `text_join(a, b, (hook_text){0})`. */
hook_text text_join(hook_text first, ...);

bool text_equals(hook_text left, hook_text right);

static inline bool text_is_none(hook_text text) { return text.data == NULL; }

/** Memory for the rest of the event, set to zero. Ends the hook where there is none. */
void *hook_allocate(size_t size);

#endif
