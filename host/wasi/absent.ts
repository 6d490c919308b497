import { Resource } from "../abi/handles.ts";
import { borrow, enumeration, list, option, own, record, result, string, u8 } from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { StreamFailure } from "./streams.ts";

/** Stands for a resource of which there is none. */
class Absent extends Resource {
  static readonly resource = "that does not exist here";
}

class Network extends Resource {
  static readonly resource = "network";
}

const ACCESS_DENIED = "access-denied";
const socketError = enumeration("error-code", ["unknown", ACCESS_DENIED]);

/**
 * Offers what the standard libraries of languages import and a hook does not have: a file system without any
 * directory, and a network in which nothing may be made or looked up.
 */
export function offerAbsent(linker: Linker): void {
  linker
    .defineAbsent("wasi:filesystem/types@0.2", ["descriptor", "directory-entry-stream"])
    .define(
      "wasi:filesystem/types@0.2",
      "filesystem-error-code",
      answering({ err: borrow(StreamFailure) }, option(u8), () => undefined),
    )
    .define(
      "wasi:filesystem/preopens@0.2",
      "get-directories",
      answering({}, list(record({ descriptor: own(Absent), path: string })), () => []),
    );
  const denied = { kind: "error", value: ACCESS_DENIED } as const;
  const refused = result(own(Absent), socketError);
  linker
    .drops(Network)
    .define(
      "wasi:sockets/instance-network@0.2",
      "instance-network",
      answering({}, own(Network), () => new Network()),
    )
    .define(
      "wasi:sockets/network@0.2",
      "network-error-code",
      answering({ err: borrow(StreamFailure) }, option(u8), () => undefined),
    )
    .define(
      "wasi:sockets/ip-name-lookup@0.2",
      "resolve-addresses",
      answering({ network: borrow(Network), name: string }, refused, () => denied),
    )
    .defineAbsent("wasi:sockets/ip-name-lookup@0.2", ["resolve-address-stream"]);
  for (const kind of ["tcp", "udp"]) {
    linker.define(
      `wasi:sockets/${kind}-create-socket@0.2`,
      `create-${kind}-socket`,
      answering({ family: u8 }, refused, () => denied),
    );
  }
  linker
    .defineAbsent("wasi:sockets/tcp@0.2", ["tcp-socket"])
    .defineAbsent("wasi:sockets/udp@0.2", ["udp-socket", "incoming-datagram-stream", "outgoing-datagram-stream"]);
}
