import type { UrlCase } from "./case.ts";
import { invalid } from "./case.ts";

const entry = "https://api.example.com/v1/*";

/** Slashes that some servers merge and others do not. */
export const emptySegments: readonly UrlCase[] = invalid([
  {
    rule: "an empty segment other than the last is refused",
    entry,
    urls: [
      "https://api.example.com//v1/a",
      "https://api.example.com/v1//a",
      "https://api.example.com/v1//",
      "https://api.example.com///",
      "https://api.example.com/v1/a//b",
      "https://api.example.com//evil.example/v1/a",
      "https://api.example.com/v1/a/..//b",
    ],
  },
]);
