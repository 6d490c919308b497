import type { UrlCase } from "./case.ts";
import { harmless as cases } from "./case.ts";

const entry = "https://api.example.com/v1/*";

/** What people really call, and what a zealous check refuses by mistake. */
export const harmless: readonly UrlCase[] = cases([
  {
    rule: "/v1/* matches one segment or more, or the empty one after the slash",
    entry,
    urls: [
      "https://api.example.com/v1/",
      "https://api.example.com/v1/a",
      "https://api.example.com/v1/a/",
      "https://api.example.com/v1/a/b/c",
      "https://api.example.com/v1/*",
    ],
  },
  {
    rule: "query and fragment are not matched",
    entry,
    urls: [
      "https://api.example.com/v1/a?b=c&d[]=e",
      "https://api.example.com/v1/?",
      "https://api.example.com/v1/a?next=https://evil.example/../..",
      "https://api.example.com/v1/a?x=@y:z",
      "https://api.example.com/v1/a?100%",
      "https://api.example.com/v1/a?x=%5C%00%zz",
      "https://api.example.com/v1/a#top",
      "https://api.example.com/v1/a#/../..",
      "https://api.example.com/v1/a?q=\u00e9",
    ],
  },
  {
    rule: "ASCII letters of the host are lower-cased",
    entry,
    urls: ["https://API.EXAMPLE.COM/v1/a", "https://Api.Example.Com/v1/a"],
  },
  {
    rule: "the default port may be spelt",
    entry,
    urls: ["https://api.example.com:443/v1/a"],
  },
  {
    rule: "the entry's port is allowed",
    entry: "https://api.example.com:8443/v1/*",
    urls: ["https://api.example.com:8443/v1/a"],
  },
  {
    rule: "a dot segment that resolves inside the entry's path is only a longer way there",
    entry,
    urls: [
      "https://api.example.com/v1/a/../b",
      "https://api.example.com/v1/./a",
      "https://api.example.com/v2/../v1/a",
      "https://api.example.com/v1/a/%2e%2e/b",
    ],
  },
  {
    rule: "escapes of a path survive as they are",
    entry,
    urls: [
      "https://api.example.com/v1/a%20b",
      "https://api.example.com/v1/a%2Fb",
      "https://api.example.com/v1/a%2fb",
      "https://api.example.com/v1/%2F%2F",
      "https://api.example.com/v1/%7Euser",
      "https://api.example.com/v1/caf%C3%A9",
      "https://api.example.com/v1/caf%c3%a9",
      "https://api.example.com/v1/100%25",
      "https://api.example.com/v1/%2525",
      "https://api.example.com/v1/%25252541",
      "https://api.example.com/v1/a%2520b",
      "https://api.example.com/v1/%252",
      "https://api.example.com/v1/%252g%2541",
      "https://api.example.com/v1/a%3Fb%23c",
    ],
  },
  {
    rule: "bytes that are not UTF-8 are only bytes, and a decoded % that begins no escape is only a character",
    entry,
    urls: [
      "https://api.example.com/v1/caf%E9",
      "https://api.example.com/v1/%FF",
      "https://api.example.com/v1/%ff%c3",
      "https://api.example.com/v1/s%F8k",
      "https://api.example.com/v1/%80",
      "https://api.example.com/v1/%c2%a0",
      "https://api.example.com/v1/%e0%a0%80",
      "https://api.example.com/v1/%e0%c3%a9",
      "https://api.example.com/v1/%ed%9f%bf",
      "https://api.example.com/v1/%f0%90%80%80",
      "https://api.example.com/v1/%f4%90%80%80",
      "https://api.example.com/v1/%f7%bf%bf%bf",
      "https://api.example.com/v1/50%25ab",
      "https://api.example.com/v1/100%25zz",
      "https://api.example.com/v1/%25%25",
    ],
  },
  {
    rule: "characters that URLs are full of are fine",
    entry,
    urls: [
      "https://api.example.com/v1/a;b=c",
      "https://api.example.com/v1/a:batch",
      "https://api.example.com/v1/a@b",
      "https://api.example.com/v1/...",
      "https://api.example.com/v1/.well-known",
      "https://api.example.com/v1/a..b",
      "https://api.example.com/v1/;..",
      "https://api.example.com/v1/a,b(c)'d!e$f&g+h=i~j_k-l",
      "https://api.example.com/v1/{id}",
      "https://api.example.com/v1/a|b",
      "https://api.example.com/v1/caf\u00e9",
      "https://api.example.com/v1/\u{1f600}",
    ],
  },
  {
    rule: "an entry without a path allows /",
    entry: "https://api.example.com",
    urls: [
      "https://api.example.com",
      "https://api.example.com/",
      "https://api.example.com?a",
      "https://api.example.com/#a",
    ],
  },
  {
    rule: "/* allows every path of the host",
    entry: "https://api.example.com/*",
    urls: ["https://api.example.com", "https://api.example.com/", "https://api.example.com/a/b/"],
  },
  {
    rule: "* before the last segment matches one segment",
    entry: "https://api.example.com/users/*/orders/*",
    urls: [
      "https://api.example.com/users/a/orders/",
      "https://api.example.com/users/a%20b/orders/1",
      "https://api.example.com/users/%252E5/orders/1/items",
      "https://api.example.com/users/a;b/orders/a%2Fb",
    ],
  },
  {
    rule: "* before a final slash matches one segment",
    entry: "https://api.example.com/users/*/",
    urls: ["https://api.example.com/users/a/"],
  },
  {
    rule: "%2F in an entry matches %2F",
    entry: "https://gitlab.example.com/projects/group%2Fproject/*",
    urls: ["https://gitlab.example.com/projects/group%2Fproject/issues"],
  },
  {
    rule: "a Unicode host is its A-label",
    entry: "https://b\u00fccher.example/*",
    urls: ["https://b\u00fccher.example/", "https://xn--bcher-kva.example/", "https://XN--BCHER-KVA.example/"],
  },
  {
    rule: "a Unicode path is its escapes",
    entry: "https://api.example.com/caf\u00e9/*",
    urls: ["https://api.example.com/caf\u00e9/a", "https://api.example.com/caf%C3%A9/a"],
  },
  {
    rule: "an underscore and a hyphen may stand in a host",
    entry: "https://my_bucket.s3-eu.example.com/*",
    urls: ["https://my_bucket.s3-eu.example.com/key"],
  },
  {
    rule: "a host with numbers is no address",
    entry: "https://1.2.3.4.example.com/*",
    urls: ["https://1.2.3.4.example.com/"],
  },
]);
