import { Pool } from "undici";
import type { Call, Peer, Target } from "./peer.ts";

/** The limit: undici with no state and none of our rules. */
export async function open({ origin }: Target): Promise<Peer> {
  const pool = new Pool(origin);
  return {
    async call({ path, upload }: Call) {
      const { body } =
        upload === undefined
          ? await pool.request({ path, method: "GET" })
          : await pool.request({ path, method: "POST", body: "x".repeat(upload) });
      return (await body.text()).length;
    },
  };
}
