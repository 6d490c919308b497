import type { TLSSocket } from "node:tls";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scene } from "../support/outbound.ts";
import { failureOf, ok, openScene, send, sendNext, textOf } from "../support/outbound.ts";

const CAP = 5000;
const HEADER_CAP = 1000;
/** What one response may take on the wire under these caps. */
const WIRE_CAP = CAP + HEADER_CAP + 1024 * 1024;
/** What Node sets aside for one read of a TLS socket. */
const ONE_READ = 65_536;
let scene: Scene;
beforeAll(async () => {
  scene = await openScene({
    limits: {
      responseBodyBytes: CAP,
      requestBodyBytes: CAP,
      headerCount: 8,
      headerBytes: HEADER_CAP,
      informationalResponses: 3,
    },
  });
});
afterAll(() => scene.close());

type Codec = readonly [coding: string, encode: (body: Buffer) => Buffer];

const CODECS: readonly Codec[] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
  ["identity", (body) => body],
];

function brotliQuickly(body: Buffer): Buffer {
  return brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

function coded(coding: string, body: Uint8Array): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\nX-A: b\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

test.each(CODECS)("a %s body decodes to exactly the cap and not one byte more", async (coding, encode) => {
  for (const length of [0, 1, CAP - 1, CAP]) {
    const body = Buffer.alloc(length, "abcdefg");
    scene.server.answer = (socket) => socket.write(coded(coding, encode(body)));
    const response = await send(scene.hook);
    expect(response.bodyLength).toBe(length);
    expect(textOf(response)).toBe(body.toString());
  }
  scene.server.answer = (socket) => socket.write(coded(coding, encode(Buffer.alloc(CAP + 1, "abc"))));
  expect(await failureOf(send(scene.hook))).toMatchObject({
    code: "too-large",
    phase: coding === "identity" ? "body" : "decode",
  });
  expect(await sendNext(scene)).toBe("next");
});

test("a decoded response has neither content-encoding nor content-length", async () => {
  scene.server.answer = (socket) => socket.write(coded("gzip", gzipSync("hello")));
  expect((await send(scene.hook)).headers).toEqual(["x-a", "b"]);
});

test("a gzip body of several members is their bodies, one after the other", async () => {
  scene.server.answer = (socket) => socket.write(coded("gzip", Buffer.concat([gzipSync("one"), gzipSync("two")])));
  expect(textOf(await send(scene.hook))).toBe("onetwo");
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliQuickly],
  ["zstd", zstdCompressSync],
] as readonly Codec[])("a %s bomb is too-large", async (coding, encode) => {
  const bomb = encode(Buffer.alloc(64 * 1024 * 1024));
  scene.server.answer = (socket) => socket.write(coded(coding, bomb));
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large" });
  expect(await sendNext(scene)).toBe("next");
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
] as readonly Codec[])(
  "a %s body that is cut, corrupt or followed by more is a protocol-error",
  async (coding, encode) => {
    const whole = encode(Buffer.from("hello, hello, hello"));
    const bodies = [
      whole.subarray(0, -1),
      Buffer.from("this is no compressed body"),
      Buffer.concat([whole, Buffer.alloc(4)]),
      Buffer.concat([whole, Buffer.from("more")]),
    ];
    for (const body of bodies) {
      scene.server.answer = (socket) => socket.write(coded(coding, body));
      expect(await failureOf(send(scene.hook))).toMatchObject({
        code: "protocol-error",
        phase: "decode",
      });
    }
    expect(await sendNext(scene)).toBe("next");
  },
);

test("a zstd window over 8 MiB is a protocol-error", async () => {
  // Magic, a frame header with a window descriptor of 2^27, and an empty last block.
  const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0x01, 0x00, 0x00]);
  scene.server.answer = (socket) => socket.write(coded("zstd", frame));
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "protocol-error" });
});

test("a body that the declared length puts over the cap is refused before it is read", async () => {
  scene.server.answer = (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${CAP + 1}\r\n\r\n`);
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large", phase: "body" });
});

test("a chunked body passes at the cap and fails over it", async () => {
  for (const [length, passes] of [
    [CAP - 1, true],
    [CAP, true],
    [CAP + 1, false],
  ] as const) {
    scene.server.answer = (socket) =>
      socket.write(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${"a".repeat(length)}\r\n0\r\n\r\n`,
      );
    if (passes) expect((await send(scene.hook)).bodyLength).toBe(length);
    else expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large" });
  }
});

test("a body in chunks of one byte is held in hardly more memory than its length", async () => {
  scene.server.answer = (socket) =>
    socket.write(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1;x=xxxxxxxx\r\na\r\n".repeat(CAP)}0\r\n\r\n`,
    );
  const response = await send(scene.hook);
  expect(textOf(response)).toBe("a".repeat(CAP));
  const held = new Set(response.body.map((piece) => piece.buffer));
  expect([...held].reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBeLessThanOrEqual(ONE_READ + CAP + 16_384);
  expect(response.body.length).toBeLessThan(4);
});

test("a body without end fails at the cap", async () => {
  scene.server.answer = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = (): void => {
      while (!socket.destroyed && socket.write("a".repeat(1000)));
    };
    socket.on("drain", more);
    more();
  };
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large", phase: "body" });
  expect(await sendNext(scene)).toBe("next");
});

const ENDLESS: readonly (readonly [title: string, start: string])[] = [
  ["reason phrase", "HTTP/1.1 200 "],
  ["chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a="],
];

test.each(ENDLESS)("a %s without end is too-large", async (_title, start) => {
  let written = 0;
  scene.server.answer = (socket) => {
    socket.write(start);
    const more = (): void => {
      do written += 10_000;
      while (!socket.destroyed && written < 50 * WIRE_CAP && socket.write("a".repeat(10_000)));
    };
    socket.on("drain", more);
    more();
  };
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large" });
  expect(written).toBeLessThan(50 * WIRE_CAP);
  expect(await sendNext(scene)).toBe("next");
});

test("a response may take as many bytes on the wire as the caps of body and header section and 1 MiB", async () => {
  const rest = "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello".length;
  for (const [bytes, passes] of [
    [WIRE_CAP - 1, true],
    [WIRE_CAP, true],
    [WIRE_CAP + 1, false],
  ] as const) {
    const answer = (socket: TLSSocket): void =>
      void socket.write(`HTTP/1.1 200 ${"a".repeat(bytes - rest)}\r\nContent-Length: 5\r\n\r\nhello`);
    // Twice, for a kept connection counts anew.
    for (let i = 0; i < 2; i++) {
      scene.server.answer = answer;
      if (passes) expect(textOf(await send(scene.hook))).toBe("hello");
      else expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large" });
    }
  }
  expect(await sendNext(scene)).toBe("next");
});

test.each([204, 304])("a %i has no body, whatever length it declares", async (status) => {
  scene.server.answer = (socket) => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: ${CAP + 1}\r\n\r\n`);
  const response = await send(scene.hook);
  expect([response.status, response.bodyLength]).toEqual([status, 0]);
});

test("a response may have as many fields as the cap says", async () => {
  for (const [count, passes] of [
    [7, true],
    [8, true],
    [9, false],
  ] as const) {
    scene.server.answer = (socket) =>
      socket.write(ok("", ...Array.from({ length: count - 1 }, (_, index) => `X-${index}: a`)));
    if (passes) expect((await send(scene.hook)).headers.length).toBe(count * 2);
    else
      expect(await failureOf(send(scene.hook))).toMatchObject({
        code: "too-large",
        phase: "headers",
      });
  }
});

test("a response's header section may cost as much as the cap says, 32 a field", async () => {
  const rest = "content-length".length + 1 + 32 + "x".length + 32;
  for (const [cost, passes] of [
    [999, true],
    [1000, true],
    [1001, false],
  ] as const) {
    scene.server.answer = (socket) => socket.write(ok("", `X: ${"a".repeat(cost - rest)}`));
    if (passes) expect((await send(scene.hook)).status).toBe(200);
    else
      expect(await failureOf(send(scene.hook))).toMatchObject({
        code: "too-large",
        phase: "headers",
      });
  }
});

test("a header section without end is too-large", async () => {
  scene.server.answer = (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const more = (): void => {
      while (!socket.destroyed && socket.write("X-A: b\r\n"));
    };
    socket.on("drain", more);
    more();
  };
  expect(await failureOf(send(scene.hook))).toMatchObject({ code: "too-large", phase: "headers" });
  expect(await sendNext(scene)).toBe("next");
});

test("a response may have as many informational ones before it as the cap says", async () => {
  for (const [count, passes] of [
    [2, true],
    [3, true],
    [4, false],
  ] as const) {
    scene.server.answer = (socket) =>
      socket.write("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n".repeat(count) + ok("final"));
    if (passes) expect(textOf(await send(scene.hook))).toBe("final");
    else
      expect(await failureOf(send(scene.hook))).toMatchObject({
        code: "too-large",
        phase: "headers",
      });
  }
  expect(await sendNext(scene)).toBe("next");
});

test("a request body passes at the cap and fails over it, with nothing sent", async () => {
  scene.server.answer = (socket) => socket.write(ok("taken"));
  for (const length of [CAP - 1, CAP]) {
    await send(scene.hook, { method: "POST", body: Buffer.alloc(length, "a") });
    expect(scene.server.requests.at(-1)).toContain(`content-length: ${length}\r\n`);
  }
  const { length } = scene.server.requests;
  expect(await failureOf(send(scene.hook, { method: "POST", body: Buffer.alloc(CAP + 1) }))).toMatchObject({
    code: "too-large",
    phase: "validate",
    requestMayHaveBeenSent: false,
  });
  expect(scene.server.requests.length).toBe(length);
});

function fields(count: number): string[] {
  return Array.from({ length: count }, (_, index) => [`x-${index}`, "a"]).flat();
}

test("a request's fields pass at the caps and fail over them", async () => {
  scene.server.answer = (socket) => socket.write(ok("taken"));
  for (const count of [7, 8]) expect((await send(scene.hook, { headers: fields(count) })).status).toBe(200);
  expect(await failureOf(send(scene.hook, { headers: fields(9) }))).toMatchObject({
    code: "too-large",
  });
  for (const length of [1000 - 34, 1000 - 33]) {
    expect((await send(scene.hook, { headers: ["x", "a".repeat(length)] })).status).toBe(200);
  }
  expect(await failureOf(send(scene.hook, { headers: ["x", "a".repeat(1000 - 32)] }))).toMatchObject({
    code: "too-large",
    phase: "validate",
  });
});
