// Fails where the WIT package does not parse, where an item has no comment or no gate, or where a version differs.
import { readFile } from "node:fs/promises";
import { componentEmbed } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readWit, WIT_FILES, WIT_VERSION } from "../host/compile/wit.ts";

const problems: string[] = [];
const ITEM = /^\s*(interface|world|type|enum|variant|record|import|export|use|[a-z][a-z0-9-]*: func)\b/;
const MEMBER = /^\s{8}[a-z][a-z0-9-]*(\(.*\))?(:.*)?,$/;

for (const name of WIT_FILES) {
  const lines = (await readFile(`wit/${name}.wit`, "utf8")).split("\n");
  lines.forEach((line, i) => {
    const place = `wit/${name}.wit:${i + 1}`;
    if (ITEM.test(line)) {
      if (!(lines[i - 1] ?? "").includes(`@since(version = ${WIT_VERSION})`)) problems.push(`${place}: has no gate`);
      const plain = /^\s*(use|import|export [a-z-]+;)/.test(line);
      if (!plain && !(lines[i - 2] ?? "").trimStart().startsWith("///")) problems.push(`${place}: has no comment`);
    } else if (MEMBER.test(line) && !(lines[i - 1] ?? "").trimStart().startsWith("///")) {
      problems.push(`${place}: has no comment`);
    }
  });
}

const source = await readWit();
if (!source.startsWith(`package backfill:http@${WIT_VERSION};`))
  problems.push(`wit/types.wit: is not of version ${WIT_VERSION}`);
const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
if (version !== WIT_VERSION)
  problems.push(`package.json: version ${version} is not that of the WIT package, ${WIT_VERSION}`);
for (const world of ["http", "hook", "linked-hook"]) {
  await componentEmbed({ dummy: true, witSource: source, world, stringEncoding: "utf16" }).catch((error: unknown) => {
    problems.push(`world ${world}: ${String(error)}`);
  });
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
console.log(`wit: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
