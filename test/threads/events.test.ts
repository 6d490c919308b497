// The rules of test/boundary/events.test.ts, over two worker threads.
import { setSceneThreads } from "../support/threads.ts";

setSceneThreads(2);
await import("../boundary/events.test.ts");
