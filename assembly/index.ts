/** The guest library: what `import { … } from "@backfill/http/assembly"` gives a hook. */

export { Body } from "./body";
export { HttpError } from "./failure";
export { Http } from "./http";
export { Json } from "./json";
export { Auth, BasicAuth, OAuth, RequestOpts } from "./options";
export { Clock, Log, Random, Secrets } from "./platform";
export { Headers, HttpResponse, HttpResult } from "./response";
