import fc from "fast-check";
import { expect, test } from "vitest";
import { Scrubber } from "../../host/auth/seal/scrub.ts";
import { SealedSecret } from "../../host/auth/seal/sealed.ts";
import { HttpFailure } from "../../host/errors.ts";
import { ENTRY, seal, sealable, shown } from "./values.ts";

const VALUE = "s3cr3t-of+the/hook";

function scrubberOf(...values: readonly string[]): Scrubber {
  const scrubber = Scrubber.of(values.map((value) => seal(value)));
  if (scrubber === undefined) throw new Error("nothing is scrubbed");
  return scrubber;
}

/** The bytes, cut at the given lengths, scrubbed and put together again. */
function scrubBody(scrubber: Scrubber, bytes: Buffer, cuts: readonly number[] = []): Buffer {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const cut of cuts) {
    pieces.push(Buffer.from(bytes.subarray(start, start + cut)));
    start += cut;
  }
  pieces.push(Buffer.from(bytes.subarray(start)));
  scrubber.body(pieces);
  return Buffer.concat(pieces);
}

function percent(bytes: Buffer, upper: readonly boolean[]): string {
  return Array.from(bytes, (byte, i) => {
    const digits = byte.toString(16).padStart(2, "0");
    return `%${upper[i % upper.length] ? digits.toUpperCase() : digits}`;
  }).join("");
}

/** What a server may make of a value, with nothing of this package. */
const written: fc.Arbitrary<(value: string) => Buffer> = fc
  .record({
    way: fc.constantFrom("utf8", "latin1", "uri", "form", "percent", "percent-latin1", "json", "json-u", "mixed"),
    upper: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  })
  .map(({ way, upper }) => (value: string): Buffer => {
    const unicode = (text: string): string =>
      Array.from(text, (one) => `\\u${percent(Buffer.from(one, "latin1"), upper).replace("%", "00")}`).join("");
    switch (way) {
      case "latin1":
        return Buffer.from(value, "latin1");
      case "uri":
        return Buffer.from(encodeURIComponent(value));
      case "form":
        return Buffer.from(new URLSearchParams([[value, ""]]).toString().slice(0, -1));
      case "percent":
        return Buffer.from(percent(Buffer.from(value), upper));
      case "percent-latin1":
        return Buffer.from(percent(Buffer.from(value, "latin1"), upper));
      case "json":
        return Buffer.from(JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"));
      case "json-u":
        return Buffer.from(unicode(value));
      case "mixed":
        return Buffer.from(
          Array.from(value, (one, i) =>
            i % 3 === 0 ? percent(Buffer.from(one), upper) : i % 3 === 1 ? unicode(one) : one,
          ).join(""),
        );
      default:
        return Buffer.from(value);
    }
  });

const around = fc.array(fc.constantFrom(..."<>{}|^\n"), { maxLength: 20 }).map((characters) => characters.join(""));
const cuts = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 });

test("a value in a body becomes as many stars as it has bytes, in every form and however the pieces lie", () => {
  fc.assert(
    fc.property(sealable, written, around, around, cuts, (value, write, before, after, lengths) => {
      const form = write(value);
      const body = Buffer.concat([Buffer.from(before), form, Buffer.from(after)]);
      const scrubbed = scrubBody(scrubberOf(value), body, lengths);
      expect(scrubbed.toString("latin1")).toBe(before + "*".repeat(form.length) + after);
    }),
    { numRuns: 1000 },
  );
});

test("base64 of a value is masked to the last bit, at any distance and in both alphabets", () => {
  const bytes = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(
      sealable,
      bytes,
      bytes,
      fc.boolean(),
      fc.boolean(),
      cuts,
      (value, before, after, url, latin1, lengths) => {
        const secret = Buffer.from(value, latin1 ? "latin1" : "utf8");
        const text = Buffer.concat([before, secret, after]).toString(url ? "base64url" : "base64");
        const scrubbed = scrubBody(scrubberOf(value), Buffer.from(text), lengths).toString("latin1");
        const first = Math.floor((before.length * 8) / 6);
        const last = Math.ceil(((before.length + secret.length) * 8) / 6);
        expect(scrubbed.slice(first, last)).toBe("*".repeat(last - first));
        expect(scrubbed).toHaveLength(text.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test("base64 that is itself percent-encoded or JSON-escaped is masked", () => {
  const value = "\xff\xff\xff\xfe?>?>?>?>?>?>x";
  const base64 = Buffer.from(value).toString("base64");
  expect(base64).toMatch(/\+.*\/|\/.*\+/);
  for (const text of [encodeURIComponent(base64), base64.replaceAll("/", "\\/"), base64.replaceAll("+", "\\u002b")]) {
    expect(scrubberOf(value).text(text)).toMatch(/^\*+(?:=|%3D)*$/);
  }
});

test("an answer without the value is byte for byte what came", () => {
  fc.assert(
    fc.property(sealable, fc.uint8Array({ maxLength: 200 }), cuts, (value, bytes, lengths) => {
      const body = Buffer.from(bytes);
      const scrubber = scrubberOf(value);
      expect(scrubBody(scrubber, body, lengths).equals(body)).toBe(true);
      expect(scrubber.text(body.toString("utf8"))).toBe(body.toString("utf8"));
    }),
  );
});

test("a part of a value is left as it is, so that nothing can be guessed by parts", () => {
  fc.assert(
    fc.property(sealable, fc.boolean(), (value, front) => {
      // In a value of one repeated part, the rest of it stands for the whole.
      const part = front ? value.slice(1) : value.slice(0, -1);
      const text = `<${part}>`;
      expect(scrubberOf(value).text(text)).toBe(text);
    }),
  );
});

test("texts are masked by code units, and the rest of them is left", () => {
  fc.assert(
    fc.property(sealable, fc.string({ unit: "grapheme", maxLength: 10 }), (value, around_) => {
      const text = `\u{1f511}${around_}\n${value}\n${around_}\u20ac`;
      expect(scrubberOf(value).text(text)).toBe(`\u{1f511}${around_}\n${"*".repeat(value.length)}\n${around_}\u20ac`);
    }),
  );
});

test("several values in one text are all masked", () => {
  const scrubber = scrubberOf(VALUE, "another-value-0123");
  expect(scrubber.text(`a ${VALUE}, another-value-0123, ${VALUE}`)).toBe(
    `a ${"*".repeat(18)}, ${"*".repeat(18)}, ${"*".repeat(18)}`,
  );
});

test("values that overlap or hold one another are masked as a whole", () => {
  const pair = `user:${VALUE}`;
  const longer = `${VALUE}:and-its-ending`;
  const crossing = "the/hook:and-its-other";
  for (const order of [
    [VALUE, pair, longer, crossing],
    [crossing, longer, pair, VALUE],
  ]) {
    const scrubber = scrubberOf(...order);
    for (const text of [VALUE, pair, longer, `user:${longer}`, `${VALUE}:and-its-other`]) {
      expect(scrubber.text(`<${text}>`)).toBe(`<${"*".repeat(text.length)}>`);
      const body = scrubBody(scrubber, Buffer.from(`<${text}><${text}>`), [3, 1, 1, 9, 20]);
      expect(body.toString()).toBe(`<${"*".repeat(text.length)}>`.repeat(2));
    }
  }
});

test("a value of one repeated character is masked in every run of it", () => {
  const scrubber = scrubberOf("a".repeat(16));
  for (const length of [15, 16, 17, 40]) {
    const mask = length < 16 ? "a" : "*";
    expect(scrubber.text(`<${"a".repeat(length)}>`)).toBe(`<${mask.repeat(length)}>`);
  }
});

test("a value longer than the automaton has states is found, again and again", () => {
  const value = Array.from({ length: 4000 }, (_, i) => `${i.toString(36)}.`).join("");
  const scrubber = scrubberOf(value);
  for (const form of [value, percent(Buffer.from(value), [true]), value]) {
    const lengths = Array.from({ length: form.length }, () => 7);
    expect(scrubBody(scrubber, Buffer.from(`<${form}>`), lengths).toString()).toBe(`<${"*".repeat(form.length)}>`);
  }
  expect(scrubber.text(value.slice(1))).toBe(value.slice(1));
});

test("JSON that holds a value in its strings stays JSON", () => {
  fc.assert(
    fc.property(sealable, fc.jsonValue(), (value, answer) => {
      const rest: unknown = JSON.parse(JSON.stringify(answer));
      const body = Buffer.from(JSON.stringify({ value, rest, more: [`${value}\n`] }));
      const scrubbed: unknown = JSON.parse(scrubBody(scrubberOf(value), body).toString());
      const { length } = JSON.stringify(value)
        .slice(1, -1)
        .replace(/[\xa0-\xff]/g, "..");
      expect(scrubbed).toEqual({ value: "*".repeat(length), rest, more: [`${"*".repeat(length)}\n`] });
    }),
  );
});

test("the pieces are changed where they lie, and nothing around them", () => {
  const whole = Buffer.from(`${VALUE}|${VALUE}|${VALUE}`);
  scrubberOf(VALUE).body([whole.subarray(19, 25), whole.subarray(25, 37)]);
  expect(whole.toString()).toBe(`${VALUE}|${"*".repeat(18)}|${VALUE}`);
});

test("header names and values are masked", () => {
  const fields = ["x-echo", `Bearer ${VALUE}`, "set-cookie", `a=${encodeURIComponent(VALUE)}; Path=/`, VALUE, "1"];
  expect(scrubberOf(VALUE).headers(fields)).toEqual([
    "x-echo",
    `Bearer ${"*".repeat(18)}`,
    "set-cookie",
    `a=${"*".repeat(22)}; Path=/`,
    "*".repeat(18),
    "1",
  ]);
});

test("a failure loses the value from message, detail and cause, and nothing else", () => {
  const init = { code: "protocol-error", phase: "headers", requestMayHaveBeenSent: true } as const;
  const cause = Object.assign(new Error("bad"), { data: `HTTP ${VALUE}` });
  const failure = new HttpFailure({ ...init, message: `got ${VALUE}.`, detail: VALUE, cause });
  const scrubbed = scrubberOf(VALUE).failure(failure);
  expect(scrubbed).toMatchObject({ ...init, message: `got ${"*".repeat(18)}.`, detail: "*".repeat(18) });
  expect(shown(scrubbed)).not.toContain(VALUE);
  const clean = new HttpFailure({ ...init, message: "got nothing.", cause: new Error("bad") });
  expect(scrubberOf(VALUE).failure(clean)).toBe(clean);
});

test("a secret with scrubbing off is left in what comes back", () => {
  const off = SealedSecret.seal("off", "another-value-0123", { for: [ENTRY], scrub: false });
  const scrubber = Scrubber.of([off, seal(VALUE)]);
  expect(scrubber?.text(`another-value-0123 ${VALUE}`)).toBe(`another-value-0123 ${"*".repeat(18)}`);
  expect(Scrubber.of([off])).toBeUndefined();
  expect(Scrubber.of([])).toBeUndefined();
});
