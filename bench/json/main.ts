import { jsonRows, jsonTable } from "./rows.ts";

const rows = await jsonRows({ smoke: process.argv.includes("--smoke") });
if (!rows[0]?.cells.some(({ name }) => name.startsWith("json-as"))) console.log("json-as is not installed: left out\n");
console.log(jsonTable(rows));
