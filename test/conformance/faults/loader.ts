// Loads the TypeScript host with the fault of CONFORMANCE_FAULT in it: node --import this file.
import { registerHooks } from "node:module";
import { FAULTS } from "./faults.ts";

const title = process.env["CONFORMANCE_FAULT"];
const fault = FAULTS.find((one) => one.title === title);
if (fault === undefined) throw new Error(`CONFORMANCE_FAULT: there is no fault ${JSON.stringify(title)}`);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(`/host/${fault.file}`)) return loaded;
    const source = String(loaded.source);
    // A fault that changes nothing would show nothing.
    if (source.split(fault.replace).length !== 2) throw new Error(`${fault.file} has not one ${fault.replace}`);
    return { ...loaded, source: source.replace(fault.replace, () => fault.by) };
  },
});
