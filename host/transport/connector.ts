import { BlockList, isIPv6, type SocketConstructorOpts } from "node:net";
import type { ConnectionOptions, SecureContext, TLSSocket } from "node:tls";
import { connect, createSecureContext, getCACertificates } from "node:tls";
import { X509Certificate } from "node:crypto";
import { ConfigError, HttpFailure } from "../errors.ts";
import type { Target } from "../policy/decision.ts";
import { failureOf } from "./failures.ts";
import type { Progress } from "./progress.ts";
import type { Endpoint, HookResolver } from "./resolve.ts";
import { SocketInput, type SocketReader } from "./socket-input.ts";

/** The call a connection is made for. */
export interface Caller {
  /** Told here as dialling goes on: dns, connect, tls, and the address that is dialled. */
  readonly progress: Progress;
  /** When the call ends at the latest, on the clock of performance.now. */
  readonly deadline: number;
}

/** What {@link Connector.dial} ends in. */
export type Dialled = (failure: HttpFailure | undefined, socket: TLSSocket | undefined) => void;

const TCP_KEEP_ALIVE_MS = 60_000;

/** Makes one hook's verified TLS connections to checked addresses. */
export class Connector {
  readonly #resolver: HookResolver;
  readonly #context: SecureContext;

  /** @param context - Of {@link createTrust}. */
  constructor(resolver: HookResolver, context: SecureContext) {
    this.#resolver = resolver;
    this.#context = context;
  }

  /**
   * Resolves the target, tries its addresses in order inside the caller's deadline, and negotiates TLS.
   * Calls `done` once, unless cancelled before.
   *
   * @param reader - Told of what comes on the socket, once it is handed on.
   * @returns what cancels the attempt and destroys its socket.
   */
  dial(target: Target, caller: Caller, reader: SocketReader, done: Dialled): () => void {
    const dialling = new Dialling(target, caller, reader, this.#context, done);
    const giveUp = this.#resolver.resolve(target, (failure, endpoints) => {
      if (endpoints === undefined) dialling.fail(failure);
      else dialling.start(endpoints);
    });
    return () => {
      giveUp();
      dialling.cancel();
    };
  }
}

class Dialling {
  readonly #target: Target;
  readonly #caller: Caller;
  readonly #reader: SocketReader;
  readonly #context: SecureContext;
  readonly #done: Dialled;
  #endpoints: readonly Endpoint[] = [];
  #next = 0;
  #socket: TLSSocket | undefined;
  #slice: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(target: Target, caller: Caller, reader: SocketReader, context: SecureContext, done: Dialled) {
    this.#target = target;
    this.#caller = caller;
    this.#reader = reader;
    this.#context = context;
    this.#done = done;
    caller.progress.phase = "dns";
  }

  start(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
    this.#try();
  }

  cancel(): void {
    this.#ended = true;
    this.#abandonSocket();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.cancel();
    this.#done(
      failureOf(error, {
        authority: this.#target.authority,
        phase: this.#caller.progress.phase,
        sent: false,
        answered: false,
      }),
      undefined,
    );
  }

  #abandonSocket(): void {
    clearTimeout(this.#slice);
    // An abandoned socket may still report an error, which nobody waits for any more.
    this.#socket?.on("error", () => {}).destroy();
    this.#socket = undefined;
  }

  #try(): void {
    if (this.#ended) return;
    const endpoint = this.#endpoints[this.#next++];
    if (endpoint === undefined) return;
    this.#caller.progress.endpoint = endpoint;
    this.#caller.progress.phase = "connect";
    try {
      this.#connect(endpoint);
      this.#limitAttempt();
    } catch (error) {
      this.fail(error);
    }
  }

  #connect(endpoint: Endpoint): void {
    const input = new SocketInput(this.#reader);
    const options: ConnectionOptions & Pick<SocketConstructorOpts, "onread"> = {
      onread: input,
      host: endpoint.address,
      port: endpoint.port,
      servername: this.#target.hostname,
      ALPNProtocols: ["http/1.1"],
      secureContext: this.#context,
      // Said, because NODE_TLS_REJECT_UNAUTHORIZED would change the default.
      rejectUnauthorized: true,
    };
    const socket = connect(options);
    this.#socket = socket;
    input.attach(socket);
    const broken = (error: Error): void => {
      if (this.#ended || socket !== this.#socket) return;
      if (this.#caller.progress.phase === "connect" && this.#next < this.#endpoints.length) this.#retry();
      else this.fail(error);
    };
    const closed = (): void => broken(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
    // Ahead of the listener that starts the handshake: not one byte goes to an address that was not checked.
    socket.prependOnceListener("connect", () => {
      clearTimeout(this.#slice);
      if (isSameAddress(socket.remoteAddress, endpoint.address)) this.#caller.progress.phase = "tls";
      else this.fail(this.#strayed());
    });
    socket.once("error", broken);
    socket.once("close", closed);
    socket.once("secureConnect", () => {
      if (this.#ended) return;
      this.#ended = true;
      // Else the connection would keep the call it was made for alive, body and all.
      socket.removeListener("error", broken).removeListener("close", closed);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      this.#done(undefined, socket);
    });
  }

  #retry(): void {
    this.#abandonSocket();
    this.#try();
  }

  /** An address that never answers may use up only its share of the time, while there are others. */
  #limitAttempt(): void {
    const others = this.#endpoints.length - this.#next;
    if (others === 0) return;
    const share = (this.#caller.deadline - performance.now()) / (others + 1);
    this.#slice = setTimeout(() => this.#retry(), Math.max(0, share));
  }

  #strayed(): HttpFailure {
    return new HttpFailure({
      code: "address-prohibited",
      phase: "connect",
      message: `${this.#target.authority} was reached at another address than the one that was checked.`,
    });
  }
}

function isSameAddress(actual: string | undefined, wanted: string): boolean {
  if (actual === wanted) return true;
  if (actual === undefined || !isIPv6(actual) || !isIPv6(wanted)) return false;
  const pinned = new BlockList();
  pinned.addAddress(wanted, "ipv6");
  return pinned.check(actual, "ipv6");
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The authorities that vouch for servers.
 *
 * @param ca - PEM certificates of authorities to trust beside the default ones. Default none.
 * @throws ConfigError where `ca` is not PEM.
 */
export function createTrust(ca: string | undefined): SecureContext {
  if (ca === undefined) return createSecureContext();
  return createSecureContext({ ca: [...getCACertificates("default"), ...certificatesIn(ca)] });
}

/** Reads each one, for createSecureContext passes over what it cannot read, and a trust setting that does nothing is a trap. */
function certificatesIn(ca: string): readonly string[] {
  try {
    const certificates = (ca.match(CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem).toString());
    if (certificates.length > 0) return certificates;
  } catch (cause) {
    throw unreadable("a certificate that cannot be read", cause);
  }
  throw unreadable("text without a certificate", undefined);
}

function unreadable(got: string, cause: unknown): ConfigError {
  return new ConfigError("development.ca", got, "certificates in PEM", { cause });
}
