const DIGITS: string = "0123456789abcdef";

/** A text as JSON has it. */
export function quoted(text: string): string {
  const pieces = ['"'];
  let start = 0;
  for (let i = 0; i < text.length; ++i) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 && unit != 0x22 && unit != 0x5c) continue;
    pieces.push(text.substring(start, i));
    pieces.push(unit < 0x20 ? "\\u00" + DIGITS.charAt(unit >> 4) + DIGITS.charAt(unit & 15) : "\\" + text.charAt(i));
    start = i + 1;
  }
  pieces.push(text.substring(start));
  pieces.push('"');
  return pieces.join("");
}
