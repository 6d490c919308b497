#include "base64.h"

#include <string.h>

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

hook_text base64_encode(hook_text bytes) {
  const uint8_t *from = (const uint8_t *)bytes.data;
  char *text = hook_allocate((bytes.length + 2) / 3 * 4);
  size_t length = 0;
  for (size_t i = 0; i < bytes.length; i += 3) {
    size_t left = bytes.length - i;
    uint32_t word = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) | (left > 2 ? from[i + 2] : 0);
    text[length++] = DIGITS[word >> 18];
    text[length++] = DIGITS[word >> 12 & 63];
    text[length++] = left > 1 ? DIGITS[word >> 6 & 63] : '=';
    text[length++] = left > 2 ? DIGITS[word & 63] : '=';
  }
  return (hook_text){text, length};
}

hook_text base64_decode(hook_text text) {
  uint8_t *bytes = hook_allocate(text.length);
  size_t length = 0;
  uint32_t word = 0;
  int bits = 0;
  for (size_t i = 0; i < text.length && text.data[i] != '='; ++i) {
    word = word << 6 | (uint32_t)(strchr(DIGITS, text.data[i]) - DIGITS);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (uint8_t)(word >> bits);
    }
  }
  return (hook_text){(const char *)bytes, length};
}
