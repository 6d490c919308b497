import { jsonRows } from "./index.ts";

// `node bench/json/main.ts` prints the table of JSON alone; `--smoke` only sees to it that all of it works.

const rows = await jsonRows({ smoke: process.argv.includes("--smoke") });
const lines = rows.map(
  ({ name, document, megabytesPerSecond, share }) =>
    `| ${name} | ${document} | ${megabytesPerSecond.toFixed(0)} | ${share.toFixed(2)} |`,
);
console.log(["| | document | MB/s | share of V8 |", "| --- | ---: | ---: | ---: |", ...lines].join("\n"));
if (!rows.some(({ name }) => name.startsWith("json-as"))) console.log("\nSkipped: json-as. It is not installed.");
