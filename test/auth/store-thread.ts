import { parentPort, workerData } from "node:worker_threads";
import { openTokenStore } from "../../host/auth/store/sqlite-store.ts";

// Opens a store, says the owner's name, and keeps both until the thread is ended.
const { file, key } = workerData as { readonly file: string; readonly key: Uint8Array };
const store = openTokenStore({ file, keys: [key] });
parentPort?.on("message", () => store.close());
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(store.owner);
