import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAILURE_CODES, HttpFailure, PHASES } from "../../host/errors.ts";
import { HookError } from "../../host/index.ts";
import { errorCodeOf } from "../../host/wasi/http-errors.ts";
import { body as answerBody, openScene, type Scene } from "../support/scene.ts";
import { DATA, escaped, guestWat, type Import, wasiComponent } from "../support/wasi.ts";

// Guests written by hand, in the place of the HTTP clients of languages, which all end in `wasi:http`.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ limits: { requestBodyBytes: 100_000 } });
  scene.answer = answerBody("the answer", "text/plain");
});
afterAll(() => scene.close());

const T = "wasi:http/types";
const imports: Readonly<Record<string, Import>> = {
  fields: [T, "[constructor]fields", "(result i32)"],
  append: [T, "[method]fields.append", "(param i32 i32 i32 i32 i32 i32)"],
  get: [T, "[method]fields.get", "(param i32 i32 i32 i32)"],
  request: [T, "[constructor]outgoing-request", "(param i32) (result i32)"],
  "set-method": [T, "[method]outgoing-request.set-method", "(param i32 i32 i32 i32) (result i32)"],
  "set-scheme": [T, "[method]outgoing-request.set-scheme", "(param i32 i32 i32 i32 i32) (result i32)"],
  "set-authority": [T, "[method]outgoing-request.set-authority", "(param i32 i32 i32 i32) (result i32)"],
  "set-path": [T, "[method]outgoing-request.set-path-with-query", "(param i32 i32 i32 i32) (result i32)"],
  "request-headers": [T, "[method]outgoing-request.headers", "(param i32) (result i32)"],
  body: [T, "[method]outgoing-request.body", "(param i32 i32)"],
  "body-write": [T, "[method]outgoing-body.write", "(param i32 i32)"],
  "body-finish": [T, "[static]outgoing-body.finish", "(param i32 i32 i32 i32)"],
  "drop-body": [T, "[resource-drop]outgoing-body", "(param i32)"],
  write: ["wasi:io/streams", "[method]output-stream.write", "(param i32 i32 i32 i32)"],
  read: ["wasi:io/streams", "[method]input-stream.blocking-read", "(param i32 i64 i32)"],
  options: [T, "[constructor]request-options", "(result i32)"],
  "first-byte": [T, "[method]request-options.set-first-byte-timeout", "(param i32 i32 i64) (result i32)"],
  connect: [T, "[method]request-options.set-connect-timeout", "(param i32 i32 i64) (result i32)"],
  handle: ["wasi:http/outgoing-handler", "handle", "(param i32 i32 i32 i32)"],
  "future-subscribe": [T, "[method]future-incoming-response.subscribe", "(param i32) (result i32)"],
  "future-get": [T, "[method]future-incoming-response.get", "(param i32 i32)"],
  block: ["wasi:io/poll", "[method]pollable.block", "(param i32)"],
  status: [T, "[method]incoming-response.status", "(param i32) (result i32)"],
  consume: [T, "[method]incoming-response.consume", "(param i32 i32)"],
  stream: [T, "[method]incoming-body.stream", "(param i32 i32)"],
};

const AUTHORITY = "api.example.com";
const PATH = "/v1?q=1";
const NAME = "x-name";
const VALUE = "value";
const BODY = "the body";
const TEXTS = [AUTHORITY, PATH, NAME, VALUE, BODY, "content-length", "99", "host", "other.example.com", "HEAD"];

/** The address and the length of one of {@link TEXTS}. */
function text(one: string): string {
  const before = TEXTS.slice(0, TEXTS.indexOf(one)).join("").length;
  return `(i32.const ${DATA + before}) (i32.const ${one.length})`;
}

const GET = 0;
const POST = 2;
const OK = 512;

/** Makes a request as `$a`, of these fields. */
function makes(method: number, { authority = AUTHORITY, fields = "" } = {}): string {
  return `(local.set $b (call $fields)) ${fields}
    (local.set $a (call $request (local.get $b)))
    (drop (call $set-method (local.get $a) (i32.const ${method}) (i32.const 0) (i32.const 0)))
    (drop (call $set-scheme (local.get $a) (i32.const 1) (i32.const 1) (i32.const 0) (i32.const 0)))
    (drop (call $set-authority (local.get $a) (i32.const 1) ${text(authority)}))
    (drop (call $set-path (local.get $a) (i32.const 1) ${text(PATH)}))`;
}

/** Appends a field to `$b` and says the result: 0, or 1 and the case of the error. */
function appends(name: string, value: string): string {
  return `(call $append (local.get $b) ${text(name)} ${text(value)} (i32.const ${OK}))`;
}

/** Takes the body of `$a` as `$b`, writes to it and finishes it. */
const WRITES = `(call $body (local.get $a) (i32.const ${OK})) (local.set $b (i32.load (i32.const ${OK + 4})))
  (call $body-write (local.get $b) (i32.const ${OK})) (local.set $c (i32.load (i32.const ${OK + 4})))
  (call $write (local.get $c) ${text(BODY)} (i32.const ${OK}))`;
const FINISHES = `(call $body-finish (local.get $b) (i32.const 0) (i32.const 0) (i32.const 640))`;

/** Has `$a` handled, waits, and leaves the future as `$c`. */
const HANDLES = `(call $handle (local.get $a) (i32.const 0) (i32.const 0) (i32.const ${OK}))`;
const WAITS = `(local.set $c (i32.load (i32.const ${OK + 8})))
  (call $block (call $future-subscribe (local.get $c)))
  (call $future-get (local.get $c) (i32.const ${OK}))`;

// option<result<result<own<incoming-response>, error-code>>>: cases at 0, 8 and 16, the payload or the code at 24.
const SAYS_RESPONSE = `(call $say (i32.load8_u (i32.const ${OK + 16})))
  (local.set $c (i32.load (i32.const ${OK + 24})))
  (call $say (call $status (local.get $c)))
  (call $consume (local.get $c) (i32.const ${OK}))
  (call $stream (i32.load (i32.const ${OK + 4})) (i32.const ${OK}))
  (call $read (i32.load (i32.const ${OK + 4})) (i64.const 100) (i32.const ${OK}))
  (call $say-memory (i32.load (i32.const ${OK + 4})) (i32.load (i32.const ${OK + 8})))`;
const SAYS_ERROR = `(call $say (i32.load8_u (i32.const ${OK + 16}))) (call $say (i32.load8_u (i32.const ${OK + 24})))`;

async function run(code: string): Promise<unknown> {
  const wat = guestWat({ imports, code, data: escaped(TEXTS.join("")) });
  const hook = await scene.runtime.load(await wasiComponent(wat), { name: "wasi-http" });
  return hook.run(null);
}

describe("a guest's own HTTP client", () => {
  test("gets its response, through the door", async () => {
    const [error, status, length, ...bytes] = (await run(
      `${makes(GET, { fields: appends(NAME, VALUE) })} ${HANDLES} ${WAITS} ${SAYS_RESPONSE}`,
    )) as number[];
    expect([error, status, length]).toEqual([0, 200, 10]);
    expect(Buffer.from(bytes).toString()).toBe("the answer");
    const request = scene.requests.at(-1);
    expect([request?.method, request?.target, request?.headers[NAME]]).toEqual(["GET", PATH, VALUE]);
    expect(request?.headers["content-length"]).toBeUndefined();
    expect(scene.calls.at(-1)).toMatchObject({ decision: "allowed", status: 200, hook: "wasi-http" });
  });

  test.each([
    ["before", `${WRITES} ${FINISHES} ${HANDLES}`],
    ["after", `${WRITES} ${HANDLES} ${FINISHES}`],
  ])("may write its body %s it has the request handled", async (_, code) => {
    const [error, status] = (await run(`${makes(POST)} ${code} ${WAITS} ${SAYS_RESPONSE}`)) as number[];
    expect([error, status]).toEqual([0, 200]);
    expect(String(scene.requests.at(-1)?.body)).toBe(BODY);
  });

  test("is told no more than a code where no entry allows the request", async () => {
    const sent = scene.requests.length;
    const HTTP_REQUEST_DENIED = 15;
    const result = await run(`${makes(GET, { authority: "other.example.com" })} ${HANDLES} ${WAITS} ${SAYS_ERROR}`);
    expect(result).toEqual([1, HTTP_REQUEST_DENIED]);
    expect(scene.requests.length).toBe(sent);
    expect(scene.calls.at(-1)).toMatchObject({ decision: "denied", failure: { code: "not-allowed" } });
  });

  test.each([
    ["HEAD", 1],
    ["CONNECT", 5],
    ["OPTIONS", 6],
    ["TRACE", 7],
  ])("cannot send %s", async (_, method) => {
    const HTTP_REQUEST_METHOD_INVALID = 18;
    const result = await run(
      `${makes(method)} ${HANDLES} (call $say (i32.load8_u (i32.const ${OK}))) (call $say (i32.load8_u (i32.const ${OK + 8})))`,
    );
    expect(result).toEqual([1, HTTP_REQUEST_METHOD_INVALID]);
  });

  test("cannot send a method of another name", async () => {
    const result = await run(
      `${makes(GET)} (drop (call $set-method (local.get $a) (i32.const 9) ${text("HEAD")}))
       ${HANDLES} (call $say (i32.load8_u (i32.const ${OK})))`,
    );
    expect(result).toEqual([1]);
  });

  test("cannot leave by http", async () => {
    const HTTP_REQUEST_URI_INVALID = 19;
    const result = await run(
      `${makes(GET)} (drop (call $set-scheme (local.get $a) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
       ${HANDLES} ${WAITS} ${SAYS_ERROR}`,
    );
    expect(result).toEqual([1, HTTP_REQUEST_URI_INVALID]);
  });

  test("cannot put a part of a URL where another one stands", async () => {
    const result = await run(
      `${makes(GET)} (call $say (call $set-authority (local.get $a) (i32.const 1) ${text(PATH)}))
       (call $say (call $set-path (local.get $a) (i32.const 1) ${text(AUTHORITY)}))`,
    );
    expect(result).toEqual([1, 1]);
  });

  test("is told at once which fields are the host's, and that those of a request stay as they are", async () => {
    const [INVALID_SYNTAX, FORBIDDEN, IMMUTABLE] = [0, 1, 2];
    const says = `(call $say (i32.load8_u (i32.const ${OK}))) (call $say (i32.load8_u (i32.const ${OK + 1})))`;
    const result = await run(
      `(local.set $b (call $fields)) ${appends("host", VALUE)} ${says} ${appends(PATH, VALUE)} ${says}
       (local.set $b (call $request-headers (call $request (call $fields)))) ${appends(NAME, VALUE)} ${says}`,
    );
    expect(result).toEqual([1, FORBIDDEN, 1, INVALID_SYNTAX, 1, IMMUTABLE]);
  });

  test("fails where the length that it states is not that of its body", async () => {
    const INTERNAL_ERROR = 38;
    const sent = scene.requests.length;
    const result = await run(
      `${makes(POST, { fields: appends("content-length", "99") })} ${WRITES} ${FINISHES} ${HANDLES} ${WAITS} ${SAYS_ERROR}`,
    );
    expect(result).toEqual([1, INTERNAL_ERROR]);
    expect(scene.requests.length).toBe(sent);
  });

  test("cannot have the host hold more than a body may be long", async () => {
    const HTTP_REQUEST_BODY_SIZE = 17;
    const more = `(call $write (local.get $c) (i32.const 0) (i32.const 60000) (i32.const ${OK}))`;
    const result = await run(`${makes(POST)} ${WRITES} ${more} ${more} ${FINISHES} ${HANDLES} ${WAITS} ${SAYS_ERROR}`);
    expect(result).toEqual([1, HTTP_REQUEST_BODY_SIZE]);
  });

  test("sends nothing of a body that is not finished", async () => {
    const INTERNAL_ERROR = 38;
    const sent = scene.requests.length;
    const result = await run(
      `${makes(POST)} ${WRITES} ${HANDLES} (local.set $a (i32.load (i32.const ${OK + 8})))
       (call $drop-body (local.get $b)) (i32.store (i32.const ${OK + 8}) (local.get $a)) ${WAITS} ${SAYS_ERROR}`,
    );
    expect(result).toEqual([1, INTERNAL_ERROR]);
    expect(scene.requests.length).toBe(sent);
  });

  test("has one deadline for each call, and is told so of the others", async () => {
    const HTTP_RESPONSE_TIMEOUT = 33;
    scene.answer = () => {};
    const result = await run(
      `${makes(GET)} (local.set $b (call $options))
       (call $say (call $connect (local.get $b) (i32.const 1) (i64.const 1000000)))
       (call $say (call $first-byte (local.get $b) (i32.const 1) (i64.const 300000000)))
       (call $handle (local.get $a) (i32.const 1) (local.get $b) (i32.const ${OK})) ${WAITS} ${SAYS_ERROR}`,
    );
    scene.answer = answerBody("the answer", "text/plain");
    expect(result).toEqual([1, 0, 1, HTTP_RESPONSE_TIMEOUT]);
  });

  test("leaves no call under way when its event is over", async () => {
    scene.answer = () => {};
    await run(`${makes(GET)} ${HANDLES}`);
    await expect.poll(() => scene.calls.at(-1)?.failure?.code).toBe("cancelled");
    scene.answer = answerBody("the answer", "text/plain");
  });

  test("ends the event where it has the host keep fields without end", async () => {
    const error: unknown = await run(
      `(memory.fill (i32.const 140000) (i32.const 97) (i32.const 50000)) (local.set $b (call $fields))
       (loop $more
         (call $append (local.get $b) ${text(NAME)} (i32.const 140000) (i32.const 50000) (i32.const ${OK}))
         (br $more))`,
    ).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(HookError);
    expect((error as HookError).code).toBe("BACKFILL_HOOK_MEMORY");
  });
});

describe("what a guest is told of a failure", () => {
  test.each(FAILURE_CODES.map((code) => [code]))("has a code for %s in every phase", (code) => {
    for (const phase of PHASES) {
      for (const detail of [undefined, "ECONNREFUSED", "ERR_SSL_WRONG_VERSION_NUMBER"]) {
        const failure = new HttpFailure({ code, phase, message: "a message", detail });
        expect(errorCodeOf(failure).kind).toMatch(/^(DNS|TLS|HTTP|connection|destination|configuration|internal)-/);
      }
    }
  });

  test.each([
    [{ code: "dns-error", phase: "dns", detail: "ENOTFOUND" }, "DNS-error"],
    [{ code: "connection-error", phase: "connect", detail: "ECONNREFUSED" }, "connection-refused"],
    [{ code: "connection-error", phase: "headers", detail: "ECONNRESET" }, "connection-terminated"],
    [{ code: "tls-error", phase: "tls", detail: "CERT_HAS_EXPIRED" }, "TLS-certificate-error"],
    [{ code: "tls-error", phase: "tls", detail: "ERR_SSL_WRONG_VERSION_NUMBER" }, "TLS-protocol-error"],
    [{ code: "timeout", phase: "connect" }, "connection-timeout"],
    [{ code: "timeout", phase: "headers" }, "HTTP-response-timeout"],
    [{ code: "too-large", phase: "body" }, "HTTP-response-body-size"],
    [{ code: "address-prohibited", phase: "dns" }, "destination-IP-prohibited"],
    [{ code: "protocol-error", phase: "decode" }, "HTTP-response-content-coding"],
  ] as const)("is the nearest of WASI's own: %o", (failure, kind) => {
    expect(errorCodeOf(new HttpFailure({ ...failure, message: "a message" })).kind).toBe(kind);
  });
});
