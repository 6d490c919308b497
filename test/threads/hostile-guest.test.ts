// The rules of test/boundary/hostile-guest.test.ts, over two worker threads.
import { setSceneThreads } from "../support/threads.ts";

setSceneThreads(2);
await import("../boundary/hostile-guest.test.ts");
