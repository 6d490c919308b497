/**
 * `URL` and `URLSearchParams` of the URL Standard: the reference implementation. It is larger than all else here, so a
 * build gives it to those hooks that name one of the two.
 */
export { URL, URLSearchParams } from "whatwg-url";
