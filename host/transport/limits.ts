import { ConfigError } from "../errors.ts";

/** The caps on calls. A value equal to its cap passes; one more fails. */
export interface Limits {
  /** Bytes of a request body. Default 10 MiB: what common APIs accept in one upload. */
  readonly requestBodyBytes: number;
  /** Bytes of a response body after decoding. Default 10 MiB: a body is held whole, on the host and in the guest. */
  readonly responseBodyBytes: number;
  /** Header fields of a request, and of a response. Default 256. */
  readonly headerCount: number;
  /** Cost of a header section: name, value and 32 bytes a field, as RFC 9113, section 6.5.2 counts. Default 65536. */
  readonly headerBytes: number;
  /** Informational (1xx) responses before the final one. Default 16. */
  readonly informationalResponses: number;
  /** Milliseconds a call may take when its request names none. Default 30000. */
  readonly defaultDeadline: number;
  /** Milliseconds to which a longer timeout is cut. Default 120000. */
  readonly maximumDeadline: number;
  /** Calls in flight of one hook to one origin, each on its own connection. Default 256: as many as a hook may have. */
  readonly connectionsPerOrigin: number;
  /** Connections one hook keeps open between calls. Default 256: as many as it may have, for each that is closed is dialled again. */
  readonly idleConnectionsPerHook: number;
  /** Milliseconds a connection is kept open between calls; a server may ask for less. Default 10000. */
  readonly idleMilliseconds: number;
  /** Calls in flight of one hook. Default 256. */
  readonly callsInFlightPerHook: number;
  /** Calls in flight of all hooks together. Default 512: half of the 1024 files a process may usually open. */
  readonly callsInFlight: number;
  /** Bytes of linear memory of one instance. Default 256 MiB: the largest body, its text and its index fit several times. */
  readonly memoryBytes: number;
  /** Characters (code units) of a hook's result. Default 4 Mi: it is parsed on the host, which takes many times as much. */
  readonly resultLength: number;
  /** Milliseconds one event may compute, waiting not included. Default 5000: far over what a hook computes that is no mistake. */
  readonly cpuMilliseconds: number;
  /** Idle instances of one hook that wait for its next events; 0 gives each event an instance made anew. Default 64. */
  readonly idleInstancesPerHook: number;
  /** Bytes of linear memory of all idle instances; those idle longest make room. Default 256 MiB. */
  readonly idleInstanceBytes: number;
  /** Bytes of linear memory over which an instance is not used again. Default 16 MiB: the largest body and its text. */
  readonly reusedMemoryBytes: number;
  /** Events that may wait for a worker thread; one more fails with `BACKFILL_HOOK_BUSY`. Default 1024. Without threads none waits. */
  readonly queuedEvents: number;
  /** Milliseconds one event may take, waiting included. Default 300000: more than two calls at the greatest deadline. */
  readonly eventDeadline: number;
  /** Calls one event may make, refused ones included. Default 100. */
  readonly callsPerEvent: number;
  /** Bytes of decoded response bodies one event may receive, those of failed calls included. Default 64 MiB. */
  readonly responseBytesPerEvent: number;
}

/** What holds where the operator sets nothing. */
export const DEFAULT_LIMITS: Limits = {
  requestBodyBytes: 10 * 1024 * 1024,
  responseBodyBytes: 10 * 1024 * 1024,
  headerCount: 256,
  headerBytes: 64 * 1024,
  informationalResponses: 16,
  defaultDeadline: 30_000,
  maximumDeadline: 120_000,
  connectionsPerOrigin: 256,
  idleConnectionsPerHook: 256,
  idleMilliseconds: 10_000,
  callsInFlightPerHook: 256,
  callsInFlight: 512,
  memoryBytes: 256 * 1024 * 1024,
  resultLength: 4 * 1024 * 1024,
  cpuMilliseconds: 5000,
  idleInstancesPerHook: 64,
  idleInstanceBytes: 256 * 1024 * 1024,
  reusedMemoryBytes: 16 * 1024 * 1024,
  queuedEvents: 1024,
  eventDeadline: 300_000,
  callsPerEvent: 100,
  responseBytesPerEvent: 64 * 1024 * 1024,
};

const LEAST: Readonly<Record<keyof Limits, 0 | 1>> = {
  requestBodyBytes: 0,
  responseBodyBytes: 0,
  headerCount: 0,
  headerBytes: 0,
  informationalResponses: 0,
  defaultDeadline: 1,
  maximumDeadline: 1,
  connectionsPerOrigin: 1,
  idleConnectionsPerHook: 0,
  idleMilliseconds: 1,
  callsInFlightPerHook: 1,
  callsInFlight: 1,
  memoryBytes: 1,
  resultLength: 0,
  cpuMilliseconds: 1,
  idleInstancesPerHook: 0,
  idleInstanceBytes: 0,
  reusedMemoryBytes: 0,
  queuedEvents: 0,
  eventDeadline: 1,
  callsPerEvent: 0,
  responseBytesPerEvent: 0,
};

/** setTimeout's own bound; every limit keeps it, so that no sum of two overflows a length. */
const GREATEST = 2 ** 31 - 1;

/**
 * Fills the operator's limits up with the defaults.
 *
 * @throws ConfigError for an unknown name, a value that is not a whole number in range, or a default deadline over the maximum.
 */
export function resolveLimits(given: Partial<Limits> = {}, path = "limits"): Limits {
  for (const [name, value] of Object.entries(given)) {
    const least = Object.hasOwn(LEAST, name) ? LEAST[name as keyof Limits] : undefined;
    if (least === undefined) {
      throw new ConfigError(`${path}.${name}`, "an unknown limit", `one of ${Object.keys(DEFAULT_LIMITS).join(", ")}`);
    }
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= GREATEST)) {
      throw new ConfigError(`${path}.${name}`, String(value), `a whole number from ${least} to ${GREATEST}`);
    }
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const limits: Limits = { ...DEFAULT_LIMITS, ...set };
  if (limits.defaultDeadline > limits.maximumDeadline) {
    throw new ConfigError(
      `${path}.defaultDeadline`,
      String(limits.defaultDeadline),
      `at most ${path}.maximumDeadline (${limits.maximumDeadline})`,
    );
  }
  return limits;
}

/** What a response may take on the wire beside its body and its header section: chunk framing, a reason phrase, informational responses, trailers. */
const FRAMING_BYTES = 1024 * 1024;

/** The bytes of one response as it travels, before decoding. More is too-large. */
export function wireBytes(limits: Limits): number {
  return limits.responseBodyBytes + limits.headerBytes + FRAMING_BYTES;
}

/** What one header field adds beside its own characters. */
const FIELD_OVERHEAD = 32;

/** The cost of one header field against {@link Limits.headerBytes}. */
export function headerCost(name: string, value: string): number {
  return name.length + value.length + FIELD_OVERHEAD;
}
