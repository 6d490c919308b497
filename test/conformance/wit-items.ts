import { readWit } from "../../host/compile/wit.ts";

/** The items of the WIT package, as `interface.item` and `interface.item.member`. */
export interface WitItems {
  readonly items: readonly string[];
  /** The functions that a hook can call or has, and the choices that a call or its end can be. */
  readonly required: readonly string[];
}

const CHOICES: readonly string[] = [
  "types.method",
  "types.authorization",
  "types.failure-code",
  "types.phase",
  "client.request-body",
  "client.response-body",
  "client.response-type",
];
/** Worlds that are not a hook's, or are one by another way. */
const OTHER_WORLDS: readonly string[] = ["http", "hook"];

export async function witItems(): Promise<WitItems> {
  const items: string[] = [];
  const required: string[] = [];
  let place = "";
  let type = "";
  for (const line of (await readWit()).split("\n")) {
    const [, container] = /^(?:interface|world) ([a-z-]+) \{/.exec(line) ?? [];
    const [, item] = /^ {4}(?:record|enum|variant|type) ([a-z-]+)/.exec(line) ?? [];
    const [, called] = /^ {4}(?:export )?([a-z-]+): func/.exec(line) ?? [];
    const [, member] = /^ {8}([a-z-]+)[,(:]/.exec(line) ?? [];
    if (container !== undefined) place = container;
    if (item !== undefined) items.push((type = `${place}.${item}`));
    if (called !== undefined) {
      items.push(`${place}.${called}`);
      if (!OTHER_WORLDS.includes(place)) required.push(`${place}.${called}`);
    }
    if (member !== undefined) {
      items.push(`${type}.${member}`);
      if (CHOICES.includes(type)) required.push(`${type}.${member}`);
    }
  }
  return { items, required };
}
