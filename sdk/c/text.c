#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

hook_text text_of(const char *string) {
  return string == NULL ? (hook_text){0} : (hook_text){string, strlen(string)};
}

hook_text text_join(hook_text first, ...) {
  va_list texts;
  size_t length = 0;
  va_start(texts, first);
  for (hook_text text = first; !text_is_none(text); text = va_arg(texts, hook_text)) length += text.length;
  va_end(texts);
  char *data = hook_allocate(length);
  char *end = data;
  va_start(texts, first);
  for (hook_text text = first; !text_is_none(text); text = va_arg(texts, hook_text)) {
    memcpy(end, text.data, text.length);
    end += text.length;
  }
  va_end(texts);
  return (hook_text){data, length};
}

bool text_equals(hook_text left, hook_text right) {
  return left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
}

void *hook_allocate(size_t size) {
  void *memory = calloc(1, size == 0 ? 1 : size);
  if (memory == NULL) __builtin_trap();
  return memory;
}
