// The bridge: an Int32Array of two (state, length) before the bytes of the body.

/** What a thread is told to do. A call without URL makes none. */
export interface Task {
  readonly url: string;
  readonly upload: number;
  /** Whether a new instance serves it. */
  readonly isFresh: boolean;
}

/** What a thread says: a request to perform while it blocks, or the result of its task. */
export type Message =
  | { readonly url: string; readonly body: Uint8Array | null }
  | { readonly result: number }
  | { readonly error: string };

/** What a thread is started with. */
export interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly bridge: SharedArrayBuffer;
}

export const HEAD_BYTES = 8;
