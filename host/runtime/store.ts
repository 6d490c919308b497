import type { LogLevel } from "../abi/platform.ts";
import type { OAuthConnection } from "../auth/oauth/oauth-connection.ts";
import type { Scrubber } from "../auth/seal/scrub.ts";
import { EventSeals } from "../auth/seal/seals.ts";
import type { ResolvedSecrets } from "../config/secrets.ts";
import type { Timed } from "../deadlines.ts";
import { HookError } from "../errors.ts";
import type { Registered } from "../registry.ts";
import { CpuClock } from "./cpu.ts";
import type { Limits } from "../transport/limits.ts";
import { Ender, type Ending } from "../ending.ts";
import type { OutboundEvent, OutboundHook } from "../outbound.ts";

/** One line of a hook's log. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  /** The fields as a value; text that is no JSON object is under `text`. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** One line as the hook wrote it, its fields as JSON text. */
export interface RawLogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: string | undefined;
}

/** Why a hook ended itself, in its own words. */
export interface LastWords {
  readonly message: string;
  /** Where in the hook's source, one call a line, as it stands in `Error.stack`. */
  readonly stack: string | undefined;
}

/** What the events of a runtime share. */
export interface EventShare {
  readonly limits: Pick<Limits, "cpuMilliseconds" | "eventDeadline">;
  /** The secrets that hooks may ask for. */
  readonly secrets: ResolvedSecrets;
  /** Takes sealed values out of what hooks log. */
  readonly scrubber: Scrubber | undefined;
  readonly onLog: (record: LogRecord) => void;
}

/**
 * The state of one event: what it may use, and whether it is over. Once it is over, no import answers any more,
 * whatever the guest does with the error it is given.
 */
export class Store implements Registered, Timed {
  place = 0;
  /** The door, opened for this event. */
  readonly outbound: OutboundEvent;
  /** What its guests have run. */
  readonly cpu: CpuClock;
  /** What the hook said when it ended itself: its last line of level critical. */
  lastWords: LastWords | undefined;
  readonly #share: EventShare;
  readonly #oauth: OAuthConnection | undefined;
  readonly #seals: EventSeals | undefined;
  readonly #ender = new Ender();

  /**
   * @param outbound - The hook's side of the door.
   * @param oauth - What `auth.oauth` draws on.
   */
  constructor(share: EventShare, outbound: OutboundHook, oauth: OAuthConnection | undefined) {
    this.#share = share;
    this.#oauth = oauth;
    this.#seals = share.secrets.sealed.size === 0 ? undefined : new EventSeals();
    this.outbound = outbound.beginEvent({ ending: this.#ender, seals: this.#seals, oauth });
    this.cpu = new CpuClock(share.limits.cpuMilliseconds);
  }

  /** Whether the event is over before its time, with the error it ends with. */
  get ending(): Ending {
    return this.#ender;
  }

  /** Ends the event and returns the error it ends with: the first one given. */
  end(error: Error): Error {
    this.#ender.end(error);
    return this.#ender.reason as Error;
  }

  onDeadline(): void {
    const message = `the event took longer than ${this.#share.limits.eventDeadline} ms`;
    this.end(new HookError("BACKFILL_HOOK_DEADLINE", message));
  }

  /** Throws once the event is over. */
  check(): void {
    if (this.#ender.over) throw this.#ender.reason;
  }

  /** What the hook is given for a secret: its value, or an opaque text for one that is sealed. */
  secret(name: string): string | undefined {
    const sealed = this.#share.secrets.sealed.get(name);
    return sealed === undefined ? this.#share.secrets.plain.get(name) : this.#seals?.opaque(sealed);
  }

  log({ level, message, fields }: RawLogRecord): void {
    const scrubbers = [this.#share.scrubber, this.#oauth?.scrubber];
    const clean = (text: string): string => scrubbers.reduce((left, scrubber) => scrubber?.text(left) ?? left, text);
    const record: LogRecord = {
      level,
      message: clean(message),
      fields: fields === undefined ? undefined : fieldsOf(clean(fields)),
    };
    if (record.level === "critical") this.lastWords = { message: record.message, stack: stackOf(record) };
    try {
      this.#share.onLog(record);
    } catch (error) {
      // Whoever listens is no part of the event.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

/** Hooks in TypeScript write it as a field. */
function stackOf({ fields }: LogRecord): string | undefined {
  const stack = fields?.["stack"];
  return typeof stack === "string" ? stack : undefined;
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Kept as text below.
  }
  return { text };
}
