/** What `import { … } from "@backfill/http/hook"` gives a hook. */

export { Crypto, type HashAlgorithm, type HashInput } from "./crypto/crypto.ts";
export { HttpError, type HttpErrorCode, type HttpErrorPhase } from "./error.ts";
export { Http, type HttpMethods } from "./http.ts";
export { Log, type Logger } from "./log.ts";
export type { RequestOpts } from "./options.ts";
export { Clock, Random, Secrets } from "./platform.ts";
export type { HttpResponse } from "./response.ts";
