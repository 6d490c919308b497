import type { UrlCase } from "./case.ts";
import { unmatched } from "./case.ts";

/** Paths just outside what an entry allows. */
export const boundaries: readonly UrlCase[] = unmatched([
  {
    rule: "/v1/* does not match /v1 or what only begins with it",
    entry: "https://api.example.com/v1/*",
    urls: [
      "https://api.example.com/v1",
      "https://api.example.com/v10",
      "https://api.example.com/v10/a",
      "https://api.example.com/v1?a=/v1/",
      "https://api.example.com/v1#/",
      "https://api.example.com/",
      "https://api.example.com/V1/a",
      "https://api.example.com/a/v1/b",
      "https://api.example.com/v1;x/a",
      "https://api.example.com/v1%2Fa",
      "https://api.example.com/%761/a",
    ],
  },
  {
    rule: "a literal path matches itself only",
    entry: "https://api.example.com/v1/charges",
    urls: [
      "https://api.example.com/v1/charges/",
      "https://api.example.com/v1/charges/a",
      "https://api.example.com/v1/charge",
      "https://api.example.com/v1/chargess",
      "https://api.example.com/v1/Charges",
      "https://api.example.com/v1/charges;x",
      "https://api.example.com/v1/charge%73",
    ],
  },
  {
    rule: "a final slash of the entry is significant",
    entry: "https://api.example.com/v1/",
    urls: ["https://api.example.com/v1", "https://api.example.com/v1/a", "https://api.example.com/v1/%2F"],
  },
  {
    rule: "* before the last segment matches exactly one segment",
    entry: "https://api.example.com/users/*/orders",
    urls: [
      "https://api.example.com/users/orders",
      "https://api.example.com/users/a/b/orders",
      "https://api.example.com/users/a/orders/",
      "https://api.example.com/users/a/orders/1",
      "https://api.example.com/users/a/order",
      "https://api.example.com/users/a",
    ],
  },
  {
    rule: "* before the last segment never matches one that holds %2F",
    entry: "https://api.example.com/users/*/orders",
    urls: [
      "https://api.example.com/users/a%2Fb/orders",
      "https://api.example.com/users/a%2fb/orders",
      "https://api.example.com/users/%2F/orders",
      "https://api.example.com/users/a%252Fb/orders",
    ],
  },
  {
    rule: "an entry without a path allows exactly /",
    entry: "https://api.example.com",
    urls: [
      "https://api.example.com/a",
      "https://api.example.com/index.html",
      "https://api.example.com/;x",
      "https://api.example.com/%2F",
    ],
  },
  {
    rule: "%2F in an entry is matched byte for byte",
    entry: "https://api.example.com/projects/group%2Fproject/*",
    urls: [
      "https://api.example.com/projects/group/project/issues",
      "https://api.example.com/projects/group%2fproject/issues",
      "https://api.example.com/projects/group%252Fproject/issues",
      "https://api.example.com/projects/group%2Fproject",
    ],
  },
]);
