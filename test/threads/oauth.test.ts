// The rules of test/boundary/oauth.test.ts, over two worker threads.
import { setSceneThreads } from "../support/threads.ts";

setSceneThreads(2);
await import("../boundary/oauth.test.ts");
