// The probe of ../probe.ts in TypeScript: performs the call that the event describes and reports what a hook sees of it.
import { Http, HttpError, type HttpResponse, type RequestOpts, Secrets } from "@backfill/http/hook";

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  readonly bodyInOptions?: unknown;
  readonly jsonInOptions?: unknown;
  readonly bytesInOptions?: readonly number[];
  readonly auth?: { readonly bearerSecret?: string } & NonNullable<RequestOpts["auth"]>;
  readonly timeout?: number | "NaN";
  readonly responseType?: "auto" | "text" | "bytes";
}

export function run(call: Call): unknown {
  try {
    return report(send(call));
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { code, phase, message, requestMayHaveBeenSent } = error;
    return { code, phase, message, requestMayHaveBeenSent };
  }
}

function send(call: Call): HttpResponse {
  const opts = options(call);
  if (call.method === "GET") return Http.get(call.url, opts);
  if (call.method === "DELETE") return Http.delete(call.url, opts);
  if (call.method === "PUT") return Http.put(call.url, call.body, opts);
  if (call.method === "PATCH") return Http.patch(call.url, call.body, opts);
  return Http.post(call.url, call.body, opts);
}

function options(call: Call): RequestOpts {
  const opts: RequestOpts = {};
  if (call.headers !== undefined) opts.headers = Object.fromEntries(call.headers);
  if (call.bodyInOptions !== undefined) opts.body = call.bodyInOptions;
  if (call.jsonInOptions !== undefined) opts.body = call.jsonInOptions;
  if (call.bytesInOptions !== undefined) opts.body = Uint8Array.from(call.bytesInOptions);
  if (call.timeout !== undefined) opts.timeout = call.timeout === "NaN" ? NaN : call.timeout;
  if (call.responseType !== undefined) opts.responseType = call.responseType;
  if (call.auth !== undefined) {
    const { bearerSecret, ...auth } = call.auth;
    opts.auth = bearerSecret === undefined ? auth : { bearer: Secrets.get(bearerSecret)! };
  }
  return opts;
}

function report({ status, ok, headers, headerList, body }: HttpResponse): unknown {
  if (body instanceof Uint8Array)
    return { status, ok, headers, headerList, kind: "bytes", body: null, bytes: [...body] };
  return { status, ok, headers, headerList, kind: typeof body === "string" ? "text" : "json", body };
}
