// The rules of test/boundary/contract.test.ts, over two worker threads.
import { setSceneThreads } from "../support/threads.ts";

setSceneThreads(2);
await import("../boundary/contract.test.ts");
