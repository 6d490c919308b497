// The types of `@backfill/http/hook` are those of the public contract. Checked by tsc; nothing here runs.
import type { BackfillConfig } from "@backfill/http";
import {
  Http,
  HttpError,
  type HttpErrorCode,
  type HttpErrorPhase,
  type HttpResponse,
  type RequestOpts,
  Secrets,
} from "@backfill/http/hook";
import type { FailureCode, Phase } from "../../host/errors.ts";

/** Whether two types are the same, `any` and optional members included. */
type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where its type is true. */
function holds<_T extends true>(): void {}

/** As it is printed in the contract. */
// oxfmt-ignore
declare namespace Contract {
  interface RequestOpts {
    headers?: Record<string, string>;
    body?: any;
    auth?: {
      bearer?: string;
      basic?: { user: string; pass: string };
      oauth?: boolean | { minTtlSeconds?: number };
    };
    timeout?: number;
  }

  interface HttpResponse {
    status: number;
    headers: Record<string, string>;
    body: any;       // parsed JSON if the response is JSON; raw string otherwise
    ok: boolean;     // true if 2xx
  }
}

// What is there beside the contract: the form of the body, and every field in order.
holds<Equals<Omit<RequestOpts, "responseType">, Contract.RequestOpts>>();
holds<Equals<RequestOpts["responseType"], "auto" | "text" | "bytes" | undefined>>();
holds<Equals<Omit<HttpResponse, "headerList">, Contract.HttpResponse>>();
holds<Equals<HttpResponse["headerList"], [name: string, value: string][]>>();

// Http.get(url, opts?)
holds<Equals<typeof Http.get, (url: string, opts?: RequestOpts) => HttpResponse>>();
// Http.post(url, body?, opts?)
holds<Equals<typeof Http.post, (url: string, body?: any, opts?: RequestOpts) => HttpResponse>>();
// Http.put(url, body?, opts?)
holds<Equals<typeof Http.put, (url: string, body?: any, opts?: RequestOpts) => HttpResponse>>();
// Http.patch(url, body?, opts?)
holds<Equals<typeof Http.patch, (url: string, body?: any, opts?: RequestOpts) => HttpResponse>>();
// Http.delete(url, opts?)
holds<Equals<typeof Http.delete, (url: string, opts?: RequestOpts) => HttpResponse>>();

// There are these five methods, and no sixth.
holds<Equals<keyof typeof Http, "get" | "post" | "put" | "patch" | "delete">>();

// oxfmt-ignore
export const config: BackfillConfig = {
  permissions: {
    http: ["https://api.stripe.com/*"],
  },
};

// oxfmt-ignore
export const auth: RequestOpts[] = [
  {
auth: { bearer: "sk_live_..." }                    // Authorization: Bearer ...
  },
  {
auth: { basic: { user: "key", pass: "secret" } }   // Authorization: Basic ...
  },
  {
auth: { oauth: true }                              // Connector OAuth bearer token
  },
  {
auth: { oauth: { minTtlSeconds: 300 } }            // Refresh first if needed
  },
];

// A secret that is not declared is null, which the example's `!` leaves out of account.
holds<Equals<ReturnType<typeof Secrets.get>, string | null>>();

// The failures of the library are those of the host.
holds<Equals<HttpErrorCode, FailureCode>>();
holds<Equals<HttpErrorPhase, Phase>>();
holds<Equals<HttpError["code"], HttpErrorCode>>();
holds<HttpError extends Error ? true : false>();

// A misspelt option does not compile.
// @ts-expect-error there is no `timeuot`
export const misspelt: RequestOpts = { timeuot: 1 };
// @ts-expect-error a header's value is a string
export const header: RequestOpts = { headers: { "X-Count": 1 } };
// @ts-expect-error a timeout is a number
export const timeout: RequestOpts = { timeout: "1s" };
// @ts-expect-error a call needs its URL
export const call = (): HttpResponse => Http.get();
// @ts-expect-error an HttpError is the library's to make
export const made = new HttpError();
