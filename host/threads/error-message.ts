import {
  BackfillError,
  ComponentError,
  ConfigError,
  HookError,
  type HookErrorCode,
  HttpFailure,
  type HttpFailureInit,
  TokenStoreError,
} from "../errors.ts";

/** An error as it crosses from one thread to another: structured cloning knows no class of ours. */
export interface ErrorMessage {
  /** Undefined for a class that is not known here. */
  readonly kind: string | undefined;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The own properties that its class declares, and a system error's. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: ErrorMessage | undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Make = (message: string, fields: Fields) => Error;

const FIELDS = ["code", "path", "phase", "detail", "requestMayHaveBeenSent", "errno", "syscall"] as const;
/** Causes of causes beyond this are not told. */
const DEPTH = 8;

interface Kind {
  readonly type: new (...given: never[]) => Error;
  readonly make: Make;
}

/** By a name that no bundler changes, a class before the one it extends. */
const KINDS: Readonly<Record<string, Kind>> = {
  hook: { type: HookError, make: (message, { code }) => new HookError(code as HookErrorCode, message) },
  http: {
    type: HttpFailure,
    make: (message, fields) => new HttpFailure({ ...(fields as unknown as HttpFailureInit), message }),
  },
  component: { type: ComponentError, make: (message) => new ComponentError(message) },
  config: {
    type: ConfigError,
    make: (message, { path }) => Object.assign(new ConfigError(String(path), "", ""), { message }),
  },
  tokens: { type: TokenStoreError, make: (message) => new TokenStoreError(message) },
  backfill: { type: BackfillError, make: (message, { code }) => new BackfillError(String(code), message) },
  type: { type: TypeError, make: (message) => new TypeError(message) },
  range: { type: RangeError, make: (message) => new RangeError(message) },
  syntax: { type: SyntaxError, make: (message) => new SyntaxError(message) },
  trap: { type: WebAssembly.RuntimeError, make: (message) => new WebAssembly.RuntimeError(message) },
};

/** Takes an error apart. What is thrown and is no error becomes one. */
export function errorMessage(error: unknown, depth: number = DEPTH): ErrorMessage {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const fields = Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = (thrown as unknown as Fields)[name];
      return isPlain(value) ? [[name, value]] : [];
    }),
  );
  return {
    kind: Object.entries(KINDS).find(([, { type }]) => thrown instanceof type)?.[0],
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack,
    fields,
    cause: thrown.cause instanceof Error && depth > 1 ? errorMessage(thrown.cause, depth - 1) : undefined,
  };
}

/** Puts it together again: the same class, code, words and stack. */
export function errorOf({ kind = "", name, message, stack, fields, cause }: ErrorMessage): Error {
  const error = KINDS[kind]?.make(message, fields) ?? Object.assign(new Error(message), fields);
  if (error.name !== name) hide(error, "name", name);
  hide(error, "stack", stack);
  if (cause !== undefined) hide(error, "cause", errorOf(cause));
  return error;
}

/** As an error's own such property is. */
function hide(error: Error, name: "name" | "stack" | "cause", value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
