import { BODY_CASES, RESPONSE_TYPES } from "../abi/client.ts";
import { LOG_LEVELS } from "../abi/platform.ts";
import type { ValueType } from "../abi/passage.ts";
import {
  bool,
  bytes,
  enumeration,
  list,
  option,
  record,
  result,
  string,
  u16,
  u32,
  u64,
  variant,
} from "../abi/values.ts";
import { FAILURE_CODES, PHASES } from "../errors.ts";
import { METHODS } from "../message.ts";
import { interfaceName } from "./interface-name.ts";

/** What a function takes and gives. */
export interface FunctionType {
  readonly parameters: ValueType<Readonly<Record<string, unknown>>>;
  readonly result: ValueType<unknown> | undefined;
}

// The types of wit/: those functions of `backfill:http` that components within one component may call each other by.

const header = record({ name: string, value: string });
const authorization = variant("authorization", {
  bearer: string,
  basic: record({ user: string, password: string }),
  oauth: option(u32),
});
const failure = record({
  code: enumeration("failure-code", FAILURE_CODES),
  message: string,
  phase: enumeration("phase", PHASES),
  detail: option(string),
  requestMayHaveBeenSent: bool,
});
const request = record({
  method: enumeration("method", METHODS),
  url: string,
  headers: list(header),
  body: option(bytes),
  authorization: option(authorization),
  timeout: option(u32),
});
const response = record({ status: u16, headers: list(header), body: bytes });

const [json, text, binary] = BODY_CASES;
const body = variant("body", { [json]: string, [text]: string, [binary]: bytes });
const options = record({
  headers: list(header),
  body: option(body),
  authorization: option(authorization),
  timeout: option(u32),
  responseType: enumeration("response-type", RESPONSE_TYPES),
});
const clientResponse = record({ status: u16, ok: bool, headers: list(header), headerList: list(header), body });

const withoutBody: FunctionType = {
  parameters: record({ url: string, options }),
  result: result(clientResponse, failure),
};
const withBody: FunctionType = {
  parameters: record({ url: string, body: option(body), options }),
  result: result(clientResponse, failure),
};

const types: ReadonlyMap<string, FunctionType> = new Map<string, FunctionType>([
  ["#run", { parameters: record({ event: string }), result: result(string, string) }],
  [`${interfaceName("outbound")}#send`, { parameters: record({ request }), result: result(response, failure) }],
  [`${interfaceName("client")}#get`, withoutBody],
  [`${interfaceName("client")}#post`, withBody],
  [`${interfaceName("client")}#put`, withBody],
  [`${interfaceName("client")}#patch`, withBody],
  [`${interfaceName("client")}#delete`, withoutBody],
  [`${interfaceName("secrets")}#get`, { parameters: record({ name: string }), result: option(string) }],
  [
    `${interfaceName("log")}#write`,
    {
      parameters: record({ level: enumeration("level", LOG_LEVELS), message: string, fields: option(string) }),
      result: undefined,
    },
  ],
  [`${interfaceName("clock")}#now`, { parameters: record({}), result: u64 }],
  [`${interfaceName("clock")}#sleep`, { parameters: record({ duration: u32 }), result: undefined }],
  [`${interfaceName("random")}#bytes`, { parameters: record({ length: u32 }), result: bytes }],
]);

/** The type of a function that components within one component call each other by; undefined for any other. */
export function crossingType(interfaceName: string, name: string): FunctionType | undefined {
  return types.get(`${interfaceName}#${name}`);
}
