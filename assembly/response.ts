import { Outcome } from "./abi/outbound";
import { AS_BYTES, contentOf, fieldOf, joinFields, textOf } from "./content";
import { viewOf } from "./abi/bytes";
import { HttpError } from "./failure";
import { Json } from "./json";

/** The header fields of a response, by lower-case name. */
@final
export class Headers {
  /** Names (lower case) and values by turns, in the order of arrival. */
  private readonly fields: StaticArray<string>;

  constructor(fields: StaticArray<string>) {
    this.fields = fields;
  }

  /**
   * The field's value, or null where there is none. Any case of the name will do. Repeated fields are joined
   * with `, `, but set-cookie, of which this is the first: `HttpResponse.headerList` has all.
   */
  @operator("[]")
  get(name: string): string | null {
    return fieldOf(this.fields, name);
  }

  /** Whether there is such a field. */
  has(name: string): bool {
    return this.get(name) != null;
  }

  /** The names, each once, in lower case. */
  keys(): string[] {
    const joined = joinFields(this.fields);
    const names = new Array<string>();
    for (let i = 0, n = joined.length; i < n; i += 2) names.push(joined[i]);
    return names;
  }
}

/** A response. Every status is one, also 4xx and 5xx. */
@final
export class HttpResponse {
  /** The status code. */
  readonly status: i32;
  /** True for a status of 200 to 299. */
  readonly ok: bool;
  /** One field a name. */
  readonly headers: Headers;
  private readonly outcome: Outcome;
  private readonly responseType: i32;
  private parsed: Json | null = null;

  constructor(outcome: Outcome, responseType: i32) {
    this.status = outcome.status;
    this.ok = outcome.status >= 200 && outcome.status <= 299;
    this.headers = new Headers(outcome.headers);
    this.outcome = outcome;
    this.responseType = responseType;
  }

  /**
   * The parsed JSON where the response is well-formed JSON, else its text as a JSON string. Missing (not even
   * null) where the body is bytes: `responseType: "bytes"`, or a charset that is not UTF-8 or Latin-1.
   */
  get body(): Json {
    const parsed = this.parsed;
    if (parsed != null) return parsed;
    const content = contentOf(this.outcome, this.responseType);
    const json = content.json;
    const body = json != null ? json : content.kind == AS_BYTES ? Json.missing() : Json.from<string>(content.text());
    this.parsed = body;
    return body;
  }

  /** The body's text, also of JSON. */
  get text(): string {
    return textOf(this.outcome, this.responseType);
  }

  /** A copy of the body's bytes, decoded of their content coding. */
  get bytes(): Uint8Array {
    return viewOf(this.outcome.body);
  }

  /** Every field in the order of arrival: name (lower case) and value. */
  get headerList(): string[][] {
    const fields = this.outcome.headers;
    const list = new Array<string[]>();
    for (let i = 0, n = fields.length; i < n; i += 2) list.push([fields[i], fields[i + 1]]);
    return list;
  }
}

/** A response, or why there is none: exactly one of the two is there. */
@final
export class HttpResult {
  constructor(
    public readonly response: HttpResponse | null,
    public readonly error: HttpError | null,
  ) {}
}
