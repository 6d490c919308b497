import type { OutboundRequest } from "../../host/message.ts";
import { METHODS } from "../../host/message.ts";
import { HOST } from "../support/outbound.ts";
import {
  CERTIFICATE_FAULTS,
  CLOSED_AFTER_HANDSHAKE,
  DNS_FAULTS,
  HANGING_DNS_FAULT,
  HANGING_TCP_FAULT,
  hostOf,
  REFUSED,
  TCP_FAULTS,
} from "./connection-faults.ts";
import type { Fault, Outcome } from "./fault.ts";
import { SPOILED_HOST } from "./fault-server.ts";
import { HANGING_FAULTS, HTTP_FAULTS, SPOILING_FAULTS } from "./http-faults.ts";
import type { Random } from "./random.ts";

/** A fault and where it is met. */
export interface Place extends Fault {
  readonly host: string;
  /** Only a deadline ends a call to it. */
  readonly hangs: boolean;
}

/** One call of the soak. */
export interface PlannedCall {
  readonly fault: string;
  readonly request: OutboundRequest;
  readonly outcomes: readonly Outcome[];
  /** When the event stops the call, in milliseconds; undefined for never. */
  readonly stopAfter: number | undefined;
}

const place = (host: string | undefined, hangs: boolean, faults: readonly Fault[]): readonly Place[] =>
  faults.map((fault) => ({ ...fault, host: host ?? hostOf(fault), hangs }));

/** What hangs until the deadline, in every phase. */
export const HANGING_PLACES: readonly Place[] = [
  ...place(undefined, true, [HANGING_DNS_FAULT, HANGING_TCP_FAULT]),
  ...place(HOST, true, HANGING_FAULTS),
];

/** Every fault there is. */
export const PLACES: readonly Place[] = [
  ...place(HOST, false, HTTP_FAULTS),
  ...place(SPOILED_HOST, false, SPOILING_FAULTS),
  ...place(undefined, false, [REFUSED, CLOSED_AFTER_HANDSHAKE, ...TCP_FAULTS, ...CERTIFICATE_FAULTS, ...DNS_FAULTS]),
  ...HANGING_PLACES,
];

const GOOD = PLACES.slice(0, 1);
const HANG_MS = 150;
/** Far over what anything but a hanging server takes, on a machine under load too. */
const PATIENCE_MS = 20_000;
const CREDENTIALS = [undefined, undefined, "one", "two"] as const;

/** The request that meets a fault. */
export function requestTo(at: Place, id: number, timeout: number): OutboundRequest {
  return {
    method: "GET",
    url: `https://${at.host}/${at.name}/${id}`,
    headers: [],
    body: undefined,
    authorization: undefined,
    timeout,
  };
}

/** A call to any fault, one in four to a good server, one in twenty stopped at any moment. */
export function planCall(id: number, random: Random): PlannedCall {
  const at = random.pick(random.below(4) === 0 ? GOOD : PLACES);
  const method = random.pick(METHODS);
  const token = random.pick(CREDENTIALS);
  const stopped = random.below(20) === 0;
  return {
    fault: at.name,
    request: {
      ...requestTo(at, id, at.hangs ? HANG_MS : PATIENCE_MS),
      method,
      body: method === "GET" ? undefined : Buffer.alloc(random.below(100_000), "b"),
      authorization: token === undefined ? undefined : { kind: "bearer", token },
    },
    outcomes: stopped ? [...at.outcomes, "cancelled"] : at.outcomes,
    stopAfter: stopped ? random.below(30) : undefined,
  };
}
