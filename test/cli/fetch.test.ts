import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backfill, folderOf, jsonLines, type CliResult } from "../support/cli.ts";
import { HOST, openServer, type Server } from "./server.ts";

const ORIGIN = `https://${HOST}`;

let server: Server;
let sending: readonly string[];

beforeAll(async () => {
  server = await openServer((response, { target }) => {
    if (target === "/json")
      response
        .writeHead(200, { "content-type": "application/json" })
        .end('{\r\n "id": 12345678901234567890,\n "line": "\u2028" }');
    else if (target === "/bytes")
      response.writeHead(200, { "content-type": "image/png" }).end(Buffer.from([0xff, 0, 0x80]));
    else if (target === "/missing") response.writeHead(404, { "content-type": "text/plain" }).end("not here");
    else if (target === "/header") response.writeHead(200, { __proto__header: "a", "x-many": ["a", "b"] }).end();
    else if (target === "/hang") response.destroy();
    else response.end("hello");
  });
  const folder = await folderOf({ "ca.pem": server.ca });
  sending = [
    "--allow",
    `${ORIGIN}/*`,
    "--resolve",
    `${HOST}:443:127.0.0.1:${server.port}`,
    "--cacert",
    join(folder, "ca.pem"),
  ];
});

afterAll(() => server.close());

function fetch(...args: readonly string[]): Promise<CliResult> {
  return backfill(["fetch", ...args, ...sending]);
}

describe("fetch", () => {
  test("prints the body on stdout and one line about the call on stderr", async () => {
    const { code, stdout, stderr } = await fetch("get", `${ORIGIN}/text?q=secret`);
    expect(stdout).toBe("hello");
    expect(stderr).toMatch(/^GET api\.example\.com\/text 200 \d+ ms by https:\/\/api\.example\.com\/\*\n$/);
    expect(code).toBe(0);
  });

  test("a 404 is a response, and exits with 0", async () => {
    const { code, stdout, stderr } = await fetch("GET", `${ORIGIN}/missing`);
    expect(stdout).toBe("not here");
    expect(stderr).toContain(" 404 ");
    expect(code).toBe(0);
  });

  test("sends fields, a JSON body in its own spelling, and credentials", async () => {
    const body = '{ "a": 12345678901234567890 }';
    const { code } = await fetch(
      "POST",
      `${ORIGIN}/post`,
      "-H",
      "X-A: 1",
      "-H",
      "x-b:\t2 ",
      "--data-json",
      body,
      "--basic",
      "user:pa:ss",
    );
    expect(code).toBe(0);
    expect(server.received.at(-1)).toMatchObject({
      method: "POST",
      target: "/post",
      body,
      headers: {
        "x-a": "1",
        "x-b": "2",
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from("user:pa:ss").toString("base64")}`,
      },
    });
  });

  test("sends a text body without a content type, and a bearer token", async () => {
    expect((await fetch("PUT", `${ORIGIN}/put`, "-d", "-text", "--bearer", "token")).code).toBe(0);
    const { body, headers } = server.received.at(-1) ?? {};
    expect(body).toBe("-text");
    expect(headers).toMatchObject({ authorization: "Bearer token" });
    expect(headers).not.toHaveProperty("content-type");
  });

  test("a failure exits with 1 and says code, phase, message and whether the request may have been sent", async () => {
    const denied = await fetch("GET", "https://other.example.com/");
    expect(denied.stderr).toContain("error: not-allowed (policy): ");
    expect(denied.stderr).toContain("the request was not sent\n");
    expect(denied).toMatchObject({ code: 1, stdout: "" });
    const cut = await fetch("POST", `${ORIGIN}/hang`);
    expect(cut.stderr).toMatch(/error: [a-z-]+ \(headers\): /);
    expect(cut.stderr).toContain("the request may have been sent\n");
    expect(cut).toMatchObject({ code: 1, stdout: "" });
  });

  test.each(["0", "-1"])("a timeout of %s is invalid-request", async (timeout) => {
    const { code, stderr } = await fetch("GET", `${ORIGIN}/`, "--timeout", timeout);
    expect(stderr).toContain(`error: invalid-request (validate): timeout is ${timeout}, wanted milliseconds above 0`);
    expect(code).toBe(1);
  });

  test("--response-type bytes prints the bytes as they are", async () => {
    const { stdout } = await fetch("GET", `${ORIGIN}/json`, "--response-type", "bytes");
    expect(stdout).toBe('{\r\n "id": 12345678901234567890,\n "line": "\u2028" }');
  });

  test("without a configuration a denial says that there is none", async () => {
    const { code, stderr } = await backfill(["fetch", "GET", `${ORIGIN}/`]);
    expect(stderr).toContain("warning: there is no backfill.config.ts in the current folder: nothing may leave\n");
    expect(stderr).toMatch(/error: not-allowed .* \(there is no backfill\.config\.ts in the current folder\)\n/);
    expect(code).toBe(1);
  });

  test("an invalid --allow sends nothing and prints the corrected line", async () => {
    const { code, stderr } = await backfill(["fetch", "GET", `${ORIGIN}/`, "--allow", `http://${HOST}/*`]);
    expect(stderr).toContain("error: --allow: permissions.http[0]: ");
    expect(stderr).toContain(`${ORIGIN}/*`);
    expect(code).toBe(1);
  });

  test("--json gives the outcome as one line", async () => {
    const { stdout } = await fetch("GET", `${ORIGIN}/missing`, "--json");
    expect(jsonLines(stdout)).toMatchObject([
      { response: { status: 404, ok: false, bodyKind: "text", body: "not here" } },
    ]);
  });
});

async function batch(
  lines: readonly (string | object)[],
): Promise<{ readonly outcomes: unknown[]; readonly stdout: string }> {
  const input = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
  const { code, stdout } = await backfill(["fetch", "--batch", ...sending], { input });
  expect(code).toBe(0);
  return { outcomes: jsonLines(stdout), stdout };
}

describe("fetch --batch", () => {
  const invalid = { failure: { code: "invalid-request", phase: "validate", requestMayHaveBeenSent: false } };

  test("answers each line in order", async () => {
    const { outcomes } = await batch([
      { method: "get", url: `${ORIGIN}/text` },
      "no JSON",
      { method: "DELETE", url: "https://other.example.com/" },
      { method: "GET", url: `${ORIGIN}/missing` },
    ]);
    expect(outcomes).toMatchObject([
      { response: { status: 200, ok: true, bodyKind: "text", body: "hello" } },
      invalid,
      { failure: { code: "not-allowed", phase: "policy", requestMayHaveBeenSent: false } },
      { response: { status: 404, ok: false } },
    ]);
    expect(Object.keys((outcomes[1] as { failure: object }).failure)).toEqual([
      "code",
      "phase",
      "message",
      "requestMayHaveBeenSent",
    ]);
  });

  test("a JSON body keeps its digits and stands on one line, whatever its text breaks", async () => {
    const { outcomes, stdout } = await batch([{ method: "GET", url: `${ORIGIN}/json` }]);
    expect(outcomes).toMatchObject([{ response: { bodyKind: "json", body: { line: "\u2028" } } }]);
    expect(stdout).toContain('"id": 12345678901234567890');
    expect(stdout).not.toMatch(/\u2028|\r/);
  });

  test("bytes are base64", async () => {
    const { outcomes } = await batch([{ method: "GET", url: `${ORIGIN}/bytes`, responseType: "bytes" }]);
    expect(outcomes).toMatchObject([{ response: { bodyKind: "bytes", body: "/wCA" } }]);
  });

  test("headers are an object, repeated fields joined", async () => {
    const { outcomes } = await batch([{ method: "GET", url: `${ORIGIN}/header` }]);
    expect(outcomes).toMatchObject([{ response: { headers: { __proto__header: "a", "x-many": "a, b" } } }]);
  });

  test("a header named __proto__ is a header", async () => {
    await batch([`{"method":"GET","url":"${ORIGIN}/proto","headers":{"__proto__":"a","constructor":"b"}}`]);
    const headers = Object.entries(server.received.at(-1)?.headers ?? {});
    expect(headers).toContainEqual(["constructor", "b"]);
    expect(server.received.at(-1)?.target).toBe("/proto");
  });

  test("headers may repeat as pairs", async () => {
    await batch([
      {
        method: "GET",
        url: `${ORIGIN}/pairs`,
        headers: [
          ["x-a", "1"],
          ["x-a", "2"],
        ],
      },
    ]);
    expect(server.received.at(-1)?.headers).toMatchObject({ "x-a": "1, 2" });
  });

  test("a string is sent as is, null is no body, and any other value is JSON with its numbers' digits", async () => {
    const from = server.received.length;
    const url = `${ORIGIN}/body`;
    await batch([
      { method: "POST", url, body: '{"a":1}' },
      { method: "POST", url, body: null },
      `{"method":"POST","url":"${url}","body":{"id":12345678901234567890,"one":1.0,"__proto__":[false]}}`,
      { method: "POST", url, body: false },
      { method: "POST", url, body: "" },
    ]);
    const seen = server.received.slice(from).map(({ body, headers }) => [body, headers["content-type"]]);
    expect(seen).toEqual([
      ['{"a":1}', undefined],
      ["", undefined],
      ['{"id":12345678901234567890,"one":1.0,"__proto__":[false]}', "application/json"],
      ["false", "application/json"],
      ["", undefined],
    ]);
  });

  test("each kind of auth is taken, and oauth: false is none", async () => {
    const from = server.received.length;
    const url = `${ORIGIN}/auth`;
    const { outcomes } = await batch([
      { method: "GET", url, auth: { bearer: "a" } },
      { method: "GET", url, auth: { basic: { user: "u", pass: "" } } },
      { method: "GET", url, auth: { oauth: false } },
      { method: "GET", url, auth: { bearer: "b", oauth: false } },
      { method: "GET", url, auth: "oauth" },
      { method: "GET", url, auth: { oauth: true } },
      { method: "GET", url, auth: { oauth: { minTtlSeconds: 0.5 } } },
    ]);
    const seen = server.received.slice(from).map(({ headers }) => headers.authorization);
    expect(seen).toEqual(["Bearer a", `Basic ${Buffer.from("u:").toString("base64")}`, undefined, "Bearer b"]);
    expect(outcomes.slice(4)).toMatchObject(
      Array.from({ length: 3 }, () => ({ failure: { code: "auth-unavailable" } })),
    );
  });

  test("a timeout over what the interface holds is cut, and a fraction is rounded up", async () => {
    const url = `${ORIGIN}/timeout`;
    const { outcomes } = await batch([
      `{"method":"GET","url":"${url}","timeout":1e400}`,
      `{"method":"GET","url":"${url}","timeout":4294967296}`,
      `{"method":"GET","url":"${url}","timeout":9999.5}`,
    ]);
    expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ response: { status: 200 } })));
  });

  test("a wrong field is invalid-request, names the field, and is not sent", async () => {
    const from = server.received.length;
    const url = `${ORIGIN}/wrong`;
    const wrong: readonly (readonly [line: string | object, message: string])[] = [
      ["", "the line is not JSON"],
      ["[]", "the line is not a JSON object"],
      ["null", "the line is not a JSON object"],
      [{ url }, "method is undefined, wanted a string"],
      [{ method: "HEAD", url }, "method is another, wanted one of GET, POST, PUT, PATCH, DELETE"],
      [{ method: "po\u017ft", url }, "method is another"],
      [{ method: "GET" }, "url is undefined, wanted a string"],
      [{ method: "GET", url: 1 }, "url is a number, wanted a string"],
      [{ method: "GET", url, header: {} }, "header is an unknown field; did you mean headers?"],
      [{ method: "GET", url, headers: "a: b" }, "headers is a string, wanted an object of strings"],
      [{ method: "GET", url, headers: { a: 1 } }, 'headers["a"] is a number, wanted a string'],
      [{ method: "GET", url, headers: [["a"]] }, "headers[0] is an array, wanted [name, value]"],
      [{ method: "GET", url, auth: "basic" }, "auth is a string, wanted an object"],
      [{ method: "GET", url, auth: {} }, "auth is empty"],
      [
        { method: "GET", url, auth: { bearer: "a", basic: { user: "a", pass: "b" } } },
        "auth has bearer and basic, wanted one of them",
      ],
      [{ method: "GET", url, auth: { bearer: 1 } }, "auth.bearer is a number, wanted a string"],
      [{ method: "GET", url, auth: { basic: { user: "a" } } }, "auth.basic.pass is undefined, wanted a string"],
      [
        { method: "GET", url, auth: { basic: { user: "a", pass: "b", password: "b" } } },
        "auth.basic.password is an unknown field",
      ],
      [
        { method: "GET", url, auth: { oauth: { minTtlSeconds: -1 } } },
        "auth.oauth.minTtlSeconds is -1, wanted seconds of 0 or more",
      ],
      [{ method: "GET", url, auth: { oauth: 1 } }, "auth.oauth is a number"],
      [{ method: "GET", url, timeout: 0 }, "timeout is 0, wanted milliseconds above 0"],
      [{ method: "GET", url, timeout: -1 }, "timeout is -1"],
      [{ method: "GET", url, timeout: "10" }, "timeout is a string"],
      [{ method: "GET", url, timeout: null }, "timeout is null"],
      [{ method: "GET", url, responseType: "xml" }, "responseType is another, wanted one of auto, text, bytes"],
    ];
    const { outcomes } = await batch(wrong.map(([line]) => line));
    expect(outcomes).toMatchObject(
      wrong.map(([, message]) => ({
        failure: { ...invalid.failure, message: expect.stringContaining(message) as string },
      })),
    );
    expect(server.received.length).toBe(from);
  });

  test("a value of a line is never in a message", async () => {
    const { stdout } = await batch([
      '{"method":"sk_live","url":"x"}',
      '{"sk_live',
      { method: "GET", url: "x", auth: { bearer: ["sk_live"] } },
    ]);
    expect(stdout).not.toContain("sk_live");
  });

  test("a line of 10 MB is read and sent", async () => {
    const body = "a".repeat(10_000_000);
    const { outcomes } = await batch([
      { method: "POST", url: `${ORIGIN}/large`, body },
      { method: "GET", url: `${ORIGIN}/text` },
    ]);
    expect(outcomes).toMatchObject([{ response: { status: 200 } }, { response: { status: 200 } }]);
    expect(server.received.at(-2)?.body.length).toBe(body.length);
  });

  test("a body nested too deep is a failure, and the next line is answered", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const { outcomes } = await batch([
      `{"method":"POST","url":"${ORIGIN}/deep","body":${deep}}`,
      { method: "GET", url: `${ORIGIN}/text` },
    ]);
    expect(outcomes).toMatchObject([{ failure: { code: "invalid-request" } }, { response: { status: 200 } }]);
  });

  test("bytes that are not UTF-8 are a failure of their line, and the last line needs no line break", async () => {
    const input = Buffer.concat([
      Buffer.from('{"method":"\xff"}\r\n', "latin1"),
      Buffer.from(`{"method":"GET","url":"${ORIGIN}/text"}`),
    ]);
    const { stdout } = await backfill(["fetch", "--batch", ...sending], { input });
    expect(jsonLines(stdout)).toMatchObject([
      { failure: { message: "the line is not UTF-8" } },
      { response: { status: 200 } },
    ]);
  });
});
