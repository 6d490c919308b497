/** `@backfill/http/testing`: runs hooks against answers of a test's own, without a network. For any test runner. */

export { testHook, TestHook, type AnswerFunction, type TestHookOptions } from "./test-hook.ts";
export { replay, Replay } from "./replay.ts";
export type { Answer } from "./answer-list.ts";
export type { AnswerContent, AnswerFailure } from "./answers.ts";
export type { SentRequest } from "./script.ts";
