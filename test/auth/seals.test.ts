import fc from "fast-check";
import { expect, test } from "vitest";
import { authorizationValue } from "../../host/auth/authorization.ts";
import type { Unsealed } from "../../host/auth/seal/seals.ts";
import { EventSeals, MAX_OPAQUE_VALUES } from "../../host/auth/seal/seals.ts";
import type { OutboundRequest } from "../../host/message.ts";
import { Allowlist } from "../../host/policy/allowlist.ts";
import type { Target } from "../../host/policy/decision.ts";
import { checkHeaders } from "../../host/policy/headers.ts";
import { MAX_URL_BYTES } from "../../host/policy/url.ts";
import { failureOf, seal, sealable, shown } from "./values.ts";

const VALUE = 's3cr3t "of\\the& h%41ook';
const URL_ = "https://api.example/v1/a";
const everywhere = Allowlist.compile(["https://api.example/*", "https://b.example/*"]);
const JSON_BODY = ["content-type", "application/json"];
const FORM_BODY = ["content-type", "application/x-www-form-urlencoded"];

type Parts = Partial<Omit<OutboundRequest, "body">> & { readonly body?: string };

function targetOf(url: string): Target {
  const { target, reason } = everywhere.check(url);
  if (target === undefined) throw new Error(reason);
  return target;
}

function unseal(seals: EventSeals, { body, ...parts }: Parts): Unsealed {
  const request: OutboundRequest = {
    method: "POST",
    url: URL_,
    headers: [],
    authorization: undefined,
    timeout: undefined,
    ...parts,
    body: body === undefined ? undefined : Buffer.from(body),
  };
  return seals.unseal(request, targetOf(request.url), true);
}

/** An event that was given one secret. */
function event(value = VALUE): { readonly seals: EventSeals; readonly opaque: string } {
  const seals = new EventSeals();
  return { seals, opaque: seals.opaque(seal(value)) };
}

function bodyOf({ request }: Unsealed): string {
  return Buffer.from(request.body ?? []).toString("utf8");
}

function queryOf({ target }: Unsealed): URLSearchParams {
  return new URL(target.origin + target.requestTarget).searchParams;
}

test("an opaque value is the same throughout an event, and another in every event and for every secret", () => {
  const secrets = [seal(VALUE), seal(VALUE)];
  const events = [new EventSeals(), new EventSeals()];
  const first = events.flatMap((seals) => secrets.map((secret) => seals.opaque(secret)));
  const second = events.flatMap((seals) => secrets.map((secret) => seals.opaque(secret)));
  expect(second).toEqual(first);
  expect(new Set(first).size).toBe(4);
});

test("an opaque value is written the same in a header, a query, JSON and a form", () => {
  const { opaque } = event();
  expect(opaque).toMatch(/^sealed_[A-Za-z0-9]{40}$/);
  expect(encodeURIComponent(opaque)).toBe(opaque);
  expect(new URLSearchParams([[opaque, ""]]).toString()).toBe(`${opaque}=`);
  expect(JSON.stringify(opaque)).toBe(`"${opaque}"`);
});

test("every place reads as exactly the value, toward an entry it is bound to", () => {
  const around = fc.stringMatching(/^[a-z =&?é"{}:,]{0,12}$/);
  fc.assert(
    fc.property(sealable, around, around, (value, before, after) => {
      const { seals, opaque } = event(value);
      const sealed = before + opaque + after;
      const wanted = before + value + after;
      const query = `?a=1&q=${encodeURIComponent(before)}${opaque}${encodeURIComponent(after)}&z=%20`;
      const json = JSON.stringify({ [sealed]: [sealed, 1], other: "é" });
      const form = new URLSearchParams([["k", sealed]]).toString();

      const plain = unseal(seals, {
        url: URL_ + query,
        headers: ["x-key", sealed, "Authorization", `Bearer ${opaque}`],
      });
      expect(plain.request.headers).toEqual(["x-key", wanted, "Authorization", `Bearer ${value}`]);
      expect(checkHeaders(plain.request.headers, false)).toBeUndefined();
      expect(queryOf(plain).get("q")).toBe(wanted);
      expect(queryOf(plain).get("z")).toBe(" ");
      expect(everywhere.check(plain.target.origin + plain.target.requestTarget).target).toEqual(plain.target);

      const withJson = unseal(seals, { headers: JSON_BODY, body: json });
      expect(JSON.parse(bodyOf(withJson))).toEqual({ [wanted]: [wanted, 1], other: "é" });
      const withForm = unseal(seals, { headers: FORM_BODY, body: form });
      expect(new URLSearchParams(bodyOf(withForm)).get("k")).toBe(wanted);

      const bearer = unseal(seals, { authorization: { kind: "bearer", token: opaque } });
      expect(bearer.request.authorization).toEqual({ kind: "bearer", token: value });
      const basic = unseal(seals, { authorization: { kind: "basic", user: opaque, password: sealed } });
      expect(basic.request.authorization).toEqual({ kind: "basic", user: value, password: wanted });
    }),
  );
});

test("toward any other destination the call fails and nothing of the value is in the failure", () => {
  fc.assert(
    fc.property(sealable, fc.constantFrom("https://b.example/v1/a", "https://api.example/v10/a"), (value, url) => {
      const { seals, opaque } = event(value);
      const calls: Parts[] = [
        { url, headers: ["x-key", opaque] },
        { url: `${url}?k=${opaque}` },
        { url: `${url}/${opaque}` },
        { url, headers: [opaque, "1"] },
        { url, authorization: { kind: "bearer", token: opaque } },
        { url, authorization: { kind: "basic", user: opaque, password: "" } },
        { url, authorization: { kind: "basic", user: "", password: opaque } },
        { url, headers: JSON_BODY, body: `["${opaque}"]` },
        { url, headers: FORM_BODY, body: `k=${opaque}` },
      ];
      for (const call of calls) {
        const failure = failureOf(() => unseal(seals, call));
        expect(failure).toMatchObject({ code: "secret-not-allowed", phase: "auth", requestMayHaveBeenSent: false });
        for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
          expect(shown(failure)).not.toContain(form);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("the refusal names the secret, the destination without its query, what it is bound to and the entry to add", () => {
  const { seals, opaque } = event();
  const { message } = failureOf(() => unseal(seals, { url: `https://b.example/x?k=${opaque}&token=1` }));
  expect(message).toContain('The secret "key" may not go to https://b.example/x:');
  expect(message).toContain("bound to https://api.example/v1/*.");
  expect(message).toContain('add "https://b.example/x" to secrets.key.for.');
  expect(message).not.toContain("token");
  expect(message).not.toContain(opaque);
});

test("the refusal shows no opaque value where one stands in the path", () => {
  const { seals, opaque } = event();
  const { message } = failureOf(() => unseal(seals, { url: `https://b.example/v1/${opaque}` }));
  expect(message).toContain("may not go to https://b.example:");
  expect(message).not.toContain(opaque);
});

test("each secret goes by its own entries", () => {
  const seals = new EventSeals();
  const a = seals.opaque(seal("value-of-a-0123456", "a"));
  const b = seals.opaque(seal("value-of-b-0123456", "b", ["https://b.example/*"]));
  const { request } = unseal(seals, { headers: ["x-key", a] });
  expect(request.headers).toEqual(["x-key", "value-of-a-0123456"]);
  expect(failureOf(() => unseal(seals, { headers: ["x-a", a, "x-b", b] })).message).toContain('"b"');
  expect(failureOf(() => unseal(seals, { url: "https://b.example/", headers: ["x", b + a] })).message).toContain('"a"');
});

test("several secrets stand in one text", () => {
  const seals = new EventSeals();
  const a = seals.opaque(seal("value-of-a-0123456", "a"));
  const b = seals.opaque(seal("value-of-b-0123456", "b"));
  const { request } = unseal(seals, { headers: ["x-key", `${a}${b}${a}`] });
  expect(request.headers[1]).toBe("value-of-a-0123456value-of-b-0123456value-of-a-0123456");
});

test("the opaque values of another event are text like any other", () => {
  const { opaque } = event();
  const { seals } = event();
  const call: Parts = { url: `https://b.example/${opaque}?k=${opaque}`, headers: [opaque, opaque], body: opaque };
  const { request, target } = unseal(seals, call);
  expect(request.headers).toEqual([opaque, opaque]);
  expect(bodyOf({ request, target })).toBe(opaque);
  expect(target).toEqual(targetOf(call.url ?? ""));
});

test("an opaque value that the guest altered or encoded leaves as it is", () => {
  const { seals, opaque } = event();
  const altered = [opaque.toUpperCase(), opaque.slice(0, -1), Buffer.from(opaque).toString("base64"), opaque.slice(1)];
  const { request } = unseal(seals, { url: "https://b.example/", headers: altered.flatMap((text) => ["x", text]) });
  expect(request.headers).toEqual(altered.flatMap((text) => ["x", text]));
});

test("a request without an opaque value comes back as the same object", () => {
  const { seals } = event();
  const target = targetOf(URL_);
  const request: OutboundRequest = {
    method: "POST",
    url: URL_,
    headers: ["x-key", "sealed_", ...JSON_BODY],
    authorization: { kind: "oauth", minTtlSeconds: undefined },
    timeout: undefined,
    body: Buffer.from('"sealed_"'),
  };
  for (const event of [seals, new EventSeals()]) {
    const unsealed = event.unseal(request, target, true);
    expect(unsealed.request).toBe(request);
    expect(unsealed.target).toBe(target);
  }
});

test.each([
  ["the path", (opaque: string): Parts => ({ url: `https://api.example/v1/${opaque}` })],
  ["a header's name", (opaque: string): Parts => ({ headers: [`x-${opaque}`, "1"] })],
  ["a body without a content type", (opaque: string): Parts => ({ body: opaque })],
  ["a text body", (opaque: string): Parts => ({ headers: ["Content-Type", "text/plain"], body: opaque })],
  ["a multipart body", (opaque: string): Parts => ({ headers: ["Content-Type", "multipart/form-data"], body: opaque })],
  [
    "a type that only begins as JSON's",
    (opaque: string): Parts => ({ headers: ["content-type", "application/jsonp"], body: `"${opaque}"` }),
  ],
  ["JSON outside a string", (opaque: string): Parts => ({ headers: JSON_BODY, body: `{"a":${opaque}}` })],
  [
    "JSON behind a string that ends in an escaped quote",
    (opaque: string): Parts => ({ headers: JSON_BODY, body: `{"a\\"":${opaque}}` }),
  ],
  [
    "JSON behind a string that ends in an escaped backslash",
    (opaque: string): Parts => ({ headers: JSON_BODY, body: `{"a\\\\":${opaque}}` }),
  ],
])("an opaque value in %s is refused", (_, call) => {
  const { seals, opaque } = event();
  expect(() => unseal(seals, call("of_no_meaning"))).not.toThrow();
  const failure = failureOf(() => unseal(seals, call(opaque)));
  expect(failure.code).toBe("secret-not-allowed");
  expect(failure.message).toContain('"key"');
  expect(shown(failure)).not.toContain("s3cr3t");
});

test.each([
  ["Application/JSON ; charset=utf-8", `"${'\\"'}OPAQUE"`, '"OPAQUE'],
  ["application/vnd.api+json", '{"a\\\\":"OPAQUE"}', { "a\\": "OPAQUE" }],
])("a body of %s is JSON", (type, body, wanted) => {
  const { seals, opaque } = event();
  const unsealed = unseal(seals, { headers: ["content-type", type], body: body.replace("OPAQUE", opaque) });
  const text = JSON.stringify(wanted).replace("OPAQUE", JSON.stringify(VALUE).slice(1, -1));
  expect(JSON.parse(bodyOf(unsealed))).toEqual(JSON.parse(text));
});

test("the bytes of a body around a value leave as they are, whatever their encoding", () => {
  const { seals, opaque } = event("value-of-a-0123456");
  const body = Buffer.concat([Buffer.from([0x22, 0xff, 0xc3]), Buffer.from(opaque), Buffer.from([0x80, 0x22])]);
  const whole = Buffer.concat([Buffer.from("...."), body]);
  const request = {
    method: "POST",
    url: URL_,
    headers: JSON_BODY,
    authorization: undefined,
    timeout: undefined,
  } as const;
  const unsealed = seals.unseal({ ...request, body: whole.subarray(4) }, targetOf(URL_), true);
  expect(Buffer.from(unsealed.request.body ?? []).toString("latin1")).toBe('"\xff\xc3value-of-a-0123456\x80"');
});

test.each(["%", "%4", "%25", "%254", "%2525", "\\", "\\u", "\\u00", "\\u004", "%5C", "%5cu00", "a%"])(
  "an opaque value behind %j, which would swallow its beginning, is refused",
  (half) => {
    const { seals, opaque } = event();
    const text = half + opaque;
    const calls: Parts[] = [
      { headers: ["x-key", text] },
      { authorization: { kind: "bearer", token: text } },
      { headers: JSON_BODY, body: `"${text}"` },
      { headers: FORM_BODY, body: `k=${text}` },
      ...(half.includes("\\") ? [] : [{ url: `${URL_}?k=${text}` }]),
    ];
    for (const call of calls) {
      const failure = failureOf(() => unseal(seals, call));
      expect(failure.code).toBe("secret-not-allowed");
      expect(failure.message).toContain("escape");
    }
  },
);

test.each(["%41", "%20", "100% ", "\\u0041", "%3D"])("an opaque value behind %j is put in", (whole) => {
  const { seals, opaque } = event();
  expect(unseal(seals, { headers: ["x-key", whole + opaque] }).request.headers[1]).toBe(whole + VALUE);
});

test("a user with a colon and a token with a space are refused once the value is in, without it", () => {
  for (const value of ["user:password-0123", "token with spaces-0"]) {
    const { seals, opaque } = event(value);
    const authorization = value.includes(":")
      ? ({ kind: "basic", user: opaque, password: "" } as const)
      : ({ kind: "bearer", token: opaque } as const);
    const { request } = unseal(seals, { authorization });
    const unsealed = request.authorization;
    if (unsealed === undefined || unsealed.kind === "oauth") throw new Error("no authorization");
    const failure = failureOf(() => authorizationValue(unsealed));
    expect(failure.code).toBe("invalid-request");
    expect(shown(failure)).not.toContain(value);
  }
});

test(`a URL of ${MAX_URL_BYTES} bytes leaves with its secret, one of a byte more does not`, () => {
  const value = "\xe9".repeat(8);
  const { seals, opaque } = event(value);
  const room = MAX_URL_BYTES - `${URL_}?k=`.length - "%C3%A9".length * 8;
  const url = (length: number): string => `${URL_}?k=${opaque}${"a".repeat(length)}`;
  for (const length of [room - 1, room]) {
    expect(queryOf(unseal(seals, { url: url(length) })).get("k")).toBe(value + "a".repeat(length));
  }
  const failure = failureOf(() => unseal(seals, { url: url(room + 1) }));
  expect(failure.code).toBe("secret-not-allowed");
  expect(failure.message).toContain(`longer than ${MAX_URL_BYTES} bytes`);
});

test(`a request holds opaque values ${MAX_OPAQUE_VALUES} times at the most, in all its places together`, () => {
  const { seals, opaque } = event();
  const call = (times: number): Parts => ({
    headers: [...JSON_BODY, "x-key", opaque],
    body: JSON.stringify(Array.from({ length: times - 1 }, () => opaque)),
  });
  for (const times of [MAX_OPAQUE_VALUES - 1, MAX_OPAQUE_VALUES]) {
    expect(JSON.parse(bodyOf(unseal(seals, call(times))))).toHaveLength(times - 1);
  }
  expect(failureOf(() => unseal(seals, call(MAX_OPAQUE_VALUES + 1))).code).toBe("secret-not-allowed");
});

test("the request's own url and the path for logs stay sealed", () => {
  const { seals, opaque } = event();
  const { request, target } = unseal(seals, { url: `${URL_}?k=${opaque}` });
  expect(request.url).toBe(`${URL_}?k=${opaque}`);
  expect(target.path).toBe("/v1/a");
});

test("an opaque value in a fragment is not sent, and is no matter", () => {
  const { seals, opaque } = event();
  expect(unseal(seals, { url: `https://b.example/a#${opaque}` }).target.requestTarget).toBe("/a");
});
