// The library under measurement, used as a hook would use it. A body is UTF-8 bytes in the guest's memory.

import { Json } from "../../../assembly/json";

import "../../../assembly/abi/trap";

let block = new StaticArray<u8>(0);

export function room(length: i32): usize {
  block = new StaticArray<u8>(length);
  return changetype<usize>(block);
}

export function parse(): f64 {
  return Json.parseUtf8(block, 0, block.length) != null ? 1 : 0;
}

export function sum(): f64 {
  const body = Json.parseUtf8(block, 0, block.length);
  if (body == null) return NaN;
  const items = body["items"];
  let total: f64 = 0;
  for (let i = 0, n = items.length; i < n; ++i) {
    const item = items.at(i);
    const location = item["location"];
    total +=
      item["id"].asNumber() +
      item["price"].asNumber() +
      item["quantity"].asNumber() +
      location["lat"].asNumber() +
      location["lon"].asNumber();
  }
  return total;
}

export function walk(): f64 {
  const body = Json.parseUtf8(block, 0, block.length);
  return body == null ? NaN : visit(body);
}

function visit(value: Json): f64 {
  if (value.isString) return ofText(value.asString()!);
  if (value.isNumber) return value.asNumber();
  if (value.isBool) return value.asBool() ? 1 : 2;
  if (value.isNull) return 3;
  let total: f64 = 0;
  if (value.isArray) {
    for (let i = 0, n = value.length; i < n; ++i) total += visit(value.at(i));
  } else {
    const names = value.keys();
    for (let i = 0, n = names.length; i < n; ++i) total += ofText(names[i]) + visit(value[names[i]]);
  }
  return total;
}

function ofText(text: string): f64 {
  return text.length == 0 ? 0 : text.length + text.charCodeAt(text.length - 1);
}
