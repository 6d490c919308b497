import { Socket } from "node:net";

/** A port of loopback on which nobody listens. */
const NOWHERE = { host: "127.0.0.1", port: 1 } as const;

let places: ReadonlyMap<string, string> = new Map();

/**
 * From now on a socket that is connected to an address is connected where the case says, while it shows the address as
 * its peer. To everything else no socket is connected.
 */
export function dialOnly(dial: Readonly<Record<string, string>>): void {
  places = new Map(Object.entries(dial));
}

type Connect = (this: Socket, options: object, ...rest: unknown[]) => Socket;

const connect = Socket.prototype.connect as Connect;

Socket.prototype.connect = function (this: Socket, options: object, ...rest: unknown[]): Socket {
  if (!("host" in options)) return connect.call(this, options, ...rest);
  const { host, port } = options as { readonly host: string; readonly port: number };
  const place = places.get(`${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (place === undefined) return connect.call(this, { ...options, ...NOWHERE }, ...rest);
  Object.defineProperty(this, "remoteAddress", { value: host });
  const [reached = "", reachedPort] = place.split(":");
  return connect.call(this, { ...options, host: reached, port: Number(reachedPort) }, ...rest);
} as unknown as Socket["connect"];
