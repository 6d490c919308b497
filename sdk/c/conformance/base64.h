#ifndef BACKFILL_BASE64_H
#define BACKFILL_BASE64_H

#include "text.h"

/** Base64 with padding (RFC 4648, section 4). */
hook_text base64_encode(hook_text bytes);
hook_text base64_decode(hook_text text);

#endif
