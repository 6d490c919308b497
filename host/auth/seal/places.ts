/** The places in a body where a value can be put in without a guess at what the server reads. */
export type BodySyntax = "json" | "form";

/** What RFC 3986, section 2.3, does not reserve, and encodeURIComponent escapes no more than. */
const LEFT_BARE = /[!'()*]/g;
const JSON_ESCAPED = /["\\\t\x80-\xff]/g;
const JSON_TYPE = /^(?:application\/json|[^/]+\/[^/]+\+json)$/;

/**
 * UTF-8 with everything escaped that RFC 3986, section 2.3, does not call unreserved. Readers of
 * application/x-www-form-urlencoded read it as the same value.
 */
export function percentEncode(value: string): string {
  return encodeURIComponent(value).replace(LEFT_BARE, (character) => `%${hex(character, 2)}`);
}

/** The value as it stands between the quotes of a JSON string (RFC 8259, section 7), in ASCII alone. The value is Latin-1. */
export function jsonEscape(value: string): string {
  return value.replace(JSON_ESCAPED, (character) =>
    character === '"' || character === "\\" ? `\\${character}` : `\\u${hex(character, 4)}`,
  );
}

/** How a body with this Content-Type is read; undefined for one that no value can be put into. */
export function bodySyntax(contentType: string): BodySyntax | undefined {
  const [type = ""] = contentType.split(";", 1);
  const essence = type.trim().toLowerCase();
  if (essence === "application/x-www-form-urlencoded") return "form";
  return JSON_TYPE.test(essence) ? "json" : undefined;
}

/** Whether every match of the pattern begins inside a string of the JSON text. The pattern matches no `"` and no `\`. */
export function standsInJsonStrings(text: string, pattern: string): boolean {
  const tokens = new RegExp(`["\\\\]|${pattern}`, "g");
  let inString = false;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === '"') inString = !inString;
    else if (!inString) return false;
    else if (token[0] === "\\") tokens.lastIndex += 1;
  }
  return true;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(digits, "0");
}
