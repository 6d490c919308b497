import type { FailureCode, Phase } from "../errors.ts";

// HAR 1.2, as browsers' developer tools read and write it: http://www.softwareishard.com/blog/har-12-spec/.
// What the format does not have is in fields that begin with an underscore, as it asks for.

/** A recording. */
export interface Har {
  readonly log: {
    readonly version: "1.2";
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly HarEntry[];
  };
}

/** One exchange. */
export interface HarEntry {
  /** ISO 8601. */
  readonly startedDateTime: string;
  /** Milliseconds: the sum of the timings, without those of -1 and without `ssl`, which `connect` holds. */
  readonly time: number;
  readonly request: HarRequest;
  /** Of status 0 where there was none. */
  readonly response: HarResponse;
  readonly cache: Readonly<Record<string, never>>;
  readonly timings: HarTimings;
  readonly serverIPAddress?: string;
  /** Why there was no response. */
  readonly _error?: HarError;
}

/** A name and a value. */
export interface HarField {
  readonly name: string;
  readonly value: string;
}

/** What was sent. */
export interface HarRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly cookies: readonly [];
  readonly headers: readonly HarField[];
  readonly queryString: readonly HarField[];
  readonly postData?: HarPostData;
  /** -1: not known. */
  readonly headersSize: number;
  readonly bodySize: number;
}

/** The body that was sent. */
export interface HarPostData {
  readonly mimeType: string;
  readonly text: string;
  /** `base64` where the body is no text; HAR has no field for it. */
  readonly _encoding?: "base64";
}

/** What came back. */
export interface HarResponse {
  readonly status: number;
  readonly statusText: string;
  readonly httpVersion: string;
  readonly cookies: readonly [];
  readonly headers: readonly HarField[];
  readonly content: HarContent;
  /** The Location field; empty where there is none. */
  readonly redirectURL: string;
  readonly headersSize: number;
  /** -1: what came was decoded, and its length on the wire is not known. */
  readonly bodySize: number;
}

/** A decoded body. */
export interface HarContent {
  readonly size: number;
  readonly mimeType: string;
  readonly text?: string;
  readonly encoding?: "base64";
}

/** Milliseconds; -1 for a phase that the call did not come to. The last three are never -1. */
export interface HarTimings {
  readonly blocked: number;
  readonly dns: number;
  /** TLS included. */
  readonly connect: number;
  readonly ssl: number;
  readonly send: number;
  readonly wait: number;
  readonly receive: number;
}

/** A failure, as the hook was told of it. */
export interface HarError {
  readonly code: FailureCode;
  readonly phase: Phase;
  readonly message: string;
  readonly requestMayHaveBeenSent: boolean;
}
