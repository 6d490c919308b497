// The required fields of HAR 1.2 and their types, from the specification's text: nothing of this package's own types.
// http://www.softwareishard.com/blog/har-12-spec/

type Check = (value: unknown, at: string) => readonly string[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const text: Check = (value, at) => (typeof value === "string" ? [] : [`${at} is no string`]);
const number: Check = (value, at) => (Number.isFinite(value) ? [] : [`${at} is no number`]);
const size: Check = (value, at) =>
  Number.isInteger(value) && (value as number) >= -1 ? [] : [`${at} is no size: ${String(value)}`];
const time: Check = (value, at) => ((value as number) >= 0 ? number(value, at) : [`${at} is below 0`]);
const timeOrNone: Check = (value, at) => (value === -1 ? [] : time(value, at));
const date: Check = (value, at) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)$/.test(String(value)) ? [] : [`${at} is no ISO 8601 date`];

const list =
  (item: Check): Check =>
  (value, at) =>
    Array.isArray(value) ? value.flatMap((one, i) => item(one, `${at}[${i}]`)) : [`${at} is no array`];

/** Fields that are required, fields that may be left out, and no other but those that begin with an underscore. */
const object =
  (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, at) => {
    if (!isObject(value)) return [`${at} is no object`];
    const missing = Object.keys(required).filter((name) => !(name in value));
    const faults = Object.entries(value).flatMap(([name, member]) => {
      const check = required[name] ?? optional[name] ?? (name === "comment" ? text : undefined);
      if (check !== undefined) return check(member, `${at}.${name}`);
      return name.startsWith("_") ? [] : [`${at}.${name} is not of HAR 1.2`];
    });
    return [...missing.map((name) => `${at}.${name} is missing`), ...faults];
  };

const field = object({ name: text, value: text });
const cookie = object(
  { name: text, value: text },
  { path: text, domain: text, expires: text, httpOnly: () => [], secure: () => [] },
);
const creator = object({ name: text, version: text });

const request = object(
  {
    method: text,
    url: (value, at) => (URL.canParse(String(value)) ? [] : [`${at} is no absolute URL`]),
    httpVersion: text,
    cookies: list(cookie),
    headers: list(field),
    queryString: list(field),
    headersSize: size,
    bodySize: size,
  },
  // The two ways to tell a body are mutually exclusive.
  {
    postData: (value, at) => {
      const both = isObject(value) && "text" in value && "params" in value;
      const shape = object(
        { mimeType: text },
        { text, params: list(object({ name: text }, { value: text, fileName: text, contentType: text })) },
      );
      return [...shape(value, at), ...(both ? [`${at} has text and params`] : [])];
    },
  },
);

const response = object({
  status: size,
  statusText: text,
  httpVersion: text,
  cookies: list(cookie),
  headers: list(field),
  content: object({ size, mimeType: text }, { text, encoding: text, compression: number }),
  redirectURL: text,
  headersSize: size,
  bodySize: size,
});

const timings = object(
  { send: time, wait: time, receive: time },
  { blocked: timeOrNone, dns: timeOrNone, connect: timeOrNone, ssl: timeOrNone },
);

const entry: Check = (value, at) => {
  const shape = object(
    {
      startedDateTime: date,
      time,
      request,
      response,
      cache: object({}, { beforeRequest: () => [], afterRequest: () => [] }),
      timings,
    },
    { pageref: text, serverIPAddress: text, connection: text },
  )(value, at);
  return shape.length > 0 ? shape : sumOf(value as { time: number; timings: Record<string, number> }, at);
};

/** "The time value must be equal to the sum of the timings, excluding any -1 values"; connect holds ssl. */
function sumOf(
  { time: whole, timings: parts }: { time: number; timings: Record<string, number> },
  at: string,
): string[] {
  const { blocked = -1, dns = -1, connect = -1, ssl = -1, send = 0, wait = 0, receive = 0 } = parts;
  const sum = [blocked, dns, connect, send, wait, receive].filter((part) => part !== -1).reduce((a, b) => a + b, 0);
  const faults = Math.abs(sum - whole) < 1e-6 ? [] : [`${at}.time is ${whole}, its timings make ${sum}`];
  return ssl > connect ? [...faults, `${at}.timings.ssl is over connect`] : faults;
}

const har = object({
  log: object(
    { version: (value, at) => (value === "1.2" ? [] : [`${at} is not 1.2`]), creator, entries: list(entry) },
    { browser: creator, pages: list(object({ startedDateTime: date, id: text, title: text, pageTimings: () => [] })) },
  ),
});

/** What in a value is not HAR 1.2. */
export function harFaults(value: unknown): readonly string[] {
  return har(value, "har");
}
