/** What every peer is given: the server, and what was built for it. */
export interface Target {
  /** `https://localhost:<port>`; its authority is in NODE_EXTRA_CA_CERTS. */
  readonly origin: string;
  readonly port: number;
  /** The certificate authority in PEM. */
  readonly ca: string;
  /** The folder of what was built: components, transpiled code, guests. */
  readonly folder: string;
  /** The built package, as a URL. */
  readonly packageUrl: string;
  /** The limit of an event's CPU time in milliseconds, for the one row that spins. */
  readonly cpuBudget?: number;
}

/** One call, as a hook would make it. */
export interface Call {
  /** What is asked for: `/<n>` answers n bytes of text, `/hold` when it is released. */
  readonly path: string;
  /** Characters to send in a POST; without it, a GET. */
  readonly upload?: number;
}

/** Something that runs hooks, or stands for it. */
export interface Peer {
  /** Makes the call from a fresh state of its own. Gives the length of the response's text. */
  call(call: Call): Promise<number>;
  /** A state that serves calls one after the other. Absent where every call has a fresh one. */
  keep?(): Promise<Kept>;
  /** A fresh state, and in it an event that makes no call. Absent where there are no states. */
  fresh?(): Promise<void>;
  /** An event that spins till the host ends it. */
  spin?(): Promise<void>;
}

/** A state that is kept for several calls. */
export interface Kept {
  call(call: Call): Promise<number>;
}

/** Each peer's module. */
export interface PeerModule {
  open(target: Target): Promise<Peer>;
}

/** The event that has the hook make the call. */
export function eventOf(url: string, upload: number | undefined): { readonly url: string; readonly upload?: number } {
  return upload === undefined ? { url } : { url, upload };
}
