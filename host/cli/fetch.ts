import { InvalidArgumentError, Option, type Command } from "commander";
import { RESPONSE_TYPES, type ClientBody, type ClientResponse, type ResponseType } from "../abi/client.ts";
import { HookError, HttpFailure } from "../errors.ts";
import { METHODS, type Authorization } from "../message.ts";
import type { CallRecord } from "../outbound.ts";
import { createHookRuntime } from "../runtime/create.ts";
import type { Client } from "../runtime/runtime.ts";
import { addAuditOption, withAudit, type AuditOptions } from "./audit.ts";
import { sayCall } from "./events.ts";
import { LineError, linesOf } from "./lines.ts";
import { outcomeJson } from "./outcome.ts";
import { print, printJsonText, sayAs } from "./output.ts";
import { methodOf, parseRequestLine, wholeTimeout, type CallRequest } from "./request.ts";
import { addAllowOption, addConfigOption, addSendingOptions, collect, setUp, type SetupOptions } from "./setup.ts";

interface FetchOptions extends SetupOptions, AuditOptions {
  readonly header?: readonly string[];
  readonly data?: string;
  readonly dataJson?: string;
  readonly bearer?: string;
  readonly basic?: string;
  readonly timeout?: number;
  readonly responseType: ResponseType;
  readonly batch?: boolean;
  readonly json?: boolean;
}

/** What `--batch` takes from its lines. */
const SINGLE = ["header", "data", "dataJson", "bearer", "basic", "timeout"] as const;

/** Adds `backfill fetch`. */
export function addFetch(program: Command, exit: (status: number) => void): void {
  const command = program
    .command("fetch")
    .summary("send one request as a hook would")
    .description("Sends one request through the Http component and the host, as a hook would, and prints the body.")
    .argument("[method]", `${METHODS.join(", ")}, in any case`)
    .argument("[url]", "an absolute URL that spells https://")
    .option("-H, --header <name: value>", "a header field; repeatable", collect)
    .addOption(new Option("-d, --data <text>", "the body, sent as is").conflicts("dataJson"))
    .option("--data-json <json>", "the body, sent as application/json")
    .addOption(new Option("--bearer <token>", "send this bearer token").conflicts("basic"))
    .option("--basic <user:pass>", "send these basic credentials")
    .option("--timeout <ms>", "milliseconds the whole call may take", milliseconds)
    .addOption(new Option("--response-type <type>", "the form of the body").choices(RESPONSE_TYPES).default("auto"));
  addAuditOption(addSendingOptions(addConfigOption(addAllowOption(command))))
    .option("--batch", "read one JSON object a line from stdin and write one line for each")
    .addHelpText(
      "after",
      `
A status of 400 or above is a response like any other: exits with 0. A call without a response exits with 1; with
--batch it is a line like any other.

Lines of --batch, of which only method and url must be there:
  {"method", "url", "headers": {}, "body", "auth": {"bearer"} | {"basic": {"user", "pass"}} | {"oauth"},
   "timeout", "responseType"}
  ->  {"response": {"status", "ok", "headers", "bodyKind", "body"}}, bytes in base64
  or  {"failure": {"code", "phase", "message", "requestMayHaveBeenSent"}}

Examples:
  $ backfill fetch GET https://api.example.com/v1/status --allow 'https://api.example.com/v1/*'
  $ backfill fetch POST https://api.example.com/v1/items --data-json '{"name":"a"}' --bearer "$TOKEN"
  $ backfill fetch --batch < requests.jsonl`,
    )
    .action(async (method: string | undefined, url: string | undefined, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<FetchOptions>();
      if (options.batch) {
        const extra = method !== undefined || SINGLE.some((name) => options[name] !== undefined);
        if (extra)
          self.error("error: --batch takes its requests from stdin; leave method, url and the request's options out");
        await withClient(options, (client, missing) => fetchBatch(client, missing));
      } else {
        const request = requestOf(method, url, options, self);
        await withClient(options, async (client, missing) =>
          exit(await fetchOne(client, request, missing, options.json === true)),
        );
      }
    });
}

type Outcome = ClientResponse | HttpFailure;

async function withClient(
  options: FetchOptions,
  work: (client: Client, missing: string | undefined) => Promise<void>,
): Promise<void> {
  const { config, missing } = await setUp(options);
  const onCall = options.batch ? undefined : (record: CallRecord) => sayCall(record, undefined);
  await withAudit(options, async () => {
    const runtime = await createHookRuntime({ ...config, ...(onCall && { onCall }) });
    try {
      await work(await runtime.client(), missing);
    } finally {
      await runtime.close();
    }
  });
}

async function fetchOne(
  client: Client,
  request: () => CallRequest,
  missing: string | undefined,
  json: boolean,
): Promise<number> {
  const outcome = await perform(client, request, missing);
  if (json) await printJsonText(outcomeJson(outcome));
  else if (outcome instanceof HttpFailure) sayFailure(outcome);
  else await print(outcome.body.kind === "bytes" ? outcome.body.bytes : outcome.body.text);
  return outcome instanceof HttpFailure ? 1 : 0;
}

async function fetchBatch(client: Client, missing: string | undefined): Promise<void> {
  for await (const line of linesOf(process.stdin)) {
    await printJsonText(outcomeJson(await perform(client, () => parseRequestLine(line), missing)));
  }
}

/** Every end that a call can come to, as an outcome. */
async function perform(client: Client, request: () => CallRequest, missing: string | undefined): Promise<Outcome> {
  try {
    const { method, url, body, options } = request();
    const outcome = await client.call(method, url, body, options);
    const isDenial = outcome instanceof HttpFailure && outcome.code === "not-allowed";
    return isDenial && missing !== undefined ? withReason(outcome, missing) : outcome;
  } catch (error) {
    if (error instanceof LineError) {
      return new HttpFailure({ code: "invalid-request", phase: "validate", message: error.message });
    }
    if (error instanceof HookError) return componentFailure(error);
    throw error;
  }
}

function withReason({ code, phase, message, requestMayHaveBeenSent }: HttpFailure, missing: string): HttpFailure {
  return new HttpFailure({ code, phase, message: `${message} (${missing})`, requestMayHaveBeenSent });
}

/** The component ended without an answer, so that nobody knows how far its request came. */
function componentFailure(error: HookError): HttpFailure {
  const over = error.code === "BACKFILL_HOOK_DEADLINE" || error.code === "BACKFILL_HOOK_CANCELLED";
  return new HttpFailure({
    code: over ? "cancelled" : "other",
    phase: "validate",
    message: error.message,
    requestMayHaveBeenSent: true,
    cause: error,
  });
}

function sayFailure({ code, phase, message, requestMayHaveBeenSent }: HttpFailure): void {
  const sent = requestMayHaveBeenSent ? "the request may have been sent" : "the request was not sent";
  sayAs("error", `${code} (${phase}): ${message}\n  ${sent}`);
}

function requestOf(
  word: string | undefined,
  url: string | undefined,
  options: FetchOptions,
  command: Command,
): () => CallRequest {
  if (word === undefined) return command.error("error: missing required argument 'method'");
  if (url === undefined) return command.error("error: missing required argument 'url'");
  const method = methodOf(word);
  if (method === undefined) return command.error(`error: method '${word}' is none of ${METHODS.join(", ")}`);
  const headers = (options.header ?? []).flatMap((field) => headerOf(field, command));
  const body = bodyOf(options, command);
  const authorization = authorizationOf(options, command);
  const { timeout, responseType } = options;
  return () => ({
    method,
    url,
    body,
    options: {
      headers,
      body: undefined,
      authorization,
      timeout: timeout === undefined ? undefined : wholeTimeout(timeout),
      responseType,
    },
  });
}

// Commander would quote a value that it refuses. What these hold may be secret, so they are read here.

function headerOf(field: string, command: Command): [name: string, value: string] {
  const colon = field.indexOf(":", 1);
  if (colon < 0) return command.error("error: -H has no colon; write it as 'name: value'");
  return [field.slice(0, colon), field.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")];
}

function bodyOf({ data, dataJson }: FetchOptions, command: Command): ClientBody | undefined {
  if (data !== undefined) return { kind: "text", text: data };
  if (dataJson === undefined) return undefined;
  if (!isJson(dataJson)) return command.error("error: --data-json is not JSON; to send text as is, use -d");
  return { kind: "json", text: dataJson };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function authorizationOf({ bearer, basic }: FetchOptions, command: Command): Authorization | undefined {
  if (bearer !== undefined) return { kind: "bearer", token: bearer };
  if (basic === undefined) return undefined;
  const colon = basic.indexOf(":");
  if (colon < 0) return command.error("error: --basic has no colon; write it as user:pass");
  return { kind: "basic", user: basic.slice(0, colon), password: basic.slice(colon + 1) };
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Write milliseconds, as in 10000.");
  return value;
}
