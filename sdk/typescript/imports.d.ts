// What the world `hook` imports (wit/), as the engine hands it to JavaScript: an option is null or its value, a variant
// is { tag, val }, the error of a result is thrown with the failure as its `payload`.

declare module "backfill:http/client@0.1.0" {
  export interface Field {
    readonly name: string;
    readonly value: string;
  }

  export type Body =
    | { readonly tag: "json"; readonly val: string }
    | { readonly tag: "text"; readonly val: string }
    | { readonly tag: "bytes"; readonly val: Uint8Array };

  export type Authorization =
    | { readonly tag: "bearer"; readonly val: string }
    | { readonly tag: "basic"; readonly val: { readonly user: string; readonly password: string } }
    | { readonly tag: "oauth"; readonly val: { readonly minTtl: number | null } };

  export interface RequestOptions {
    readonly headers: readonly Field[];
    readonly body: Body | null;
    readonly authorization: Authorization | null;
    /** Whole milliseconds. */
    readonly timeout: number | null;
    readonly responseType: "auto" | "text" | "bytes";
  }

  export interface Response {
    readonly status: number;
    readonly ok: boolean;
    readonly headers: readonly Field[];
    readonly headerList: readonly Field[];
    readonly body: Body;
  }

  export type WithoutBody = (url: string, options: RequestOptions) => Response;
  export type WithBody = (url: string, body: Body | null, options: RequestOptions) => Response;

  const client: {
    readonly get: WithoutBody;
    readonly post: WithBody;
    readonly put: WithBody;
    readonly patch: WithBody;
    readonly delete: WithoutBody;
  };
  export default client;
}

declare module "backfill:http/secrets@0.1.0" {
  const secrets: { get(name: string): string | null };
  export default secrets;
}

declare module "backfill:http/log@0.1.0" {
  export type Level = "debug" | "info" | "warn" | "error" | "critical";

  const log: { write(level: Level, message: string, fields: string | null): void };
  export default log;
}

declare module "backfill:http/clock@0.1.0" {
  const clock: {
    /** Milliseconds since 1970. */
    now(): number;
    sleep(milliseconds: number): void;
  };
  export default clock;
}

declare module "backfill:http/random@0.1.0" {
  const random: { bytes(length: number): Uint8Array };
  export default random;
}

// What the engine itself gives (engine.wit): no component that leaves a build imports it.
declare module "backfill:http/engine@0.1.0" {
  const engine: {
    /** The source map of the bundle; empty where there is none. */
    sourceMap(): string;
    /** Traps. */
    fail(): never;
    /** A well-formed text as UTF-8. */
    encode(text: string): Uint8Array;
  };
  export default engine;
}

declare module "whatwg-url" {
  export const URL: unknown;
  export const URLSearchParams: unknown;
}
