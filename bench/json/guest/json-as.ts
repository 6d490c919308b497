// json-as's dynamic values, used likewise. It reads UTF-16.

import { JSON } from "json-as";

let text = "";

export function room(length: i32): usize {
  text = changetype<string>(__new((<usize>length) << 1, idof<string>()));
  return changetype<usize>(text);
}

export function sum(): f64 {
  const items = JSON.parse<JSON.Obj>(text).get("items")!.get<JSON.Arr>();
  let total: f64 = 0;
  for (let i = 0, n = items.length; i < n; ++i) {
    const item = items.at(i).get<JSON.Obj>();
    const location = item.get("location")!.get<JSON.Obj>();
    total +=
      item.get("id")!.get<f64>() +
      item.get("price")!.get<f64>() +
      item.get("quantity")!.get<f64>() +
      location.get("lat")!.get<f64>() +
      location.get("lon")!.get<f64>();
  }
  return total;
}

export function walk(): f64 {
  return visit(JSON.parse<JSON.Value>(text));
}

function visit(value: JSON.Value): f64 {
  const type = value.type;
  if (type == JSON.Types.String) return ofText(value.get<string>());
  if (type == JSON.Types.F64) return value.get<f64>();
  if (type == JSON.Types.Bool) return value.get<bool>() ? 1 : 2;
  if (type == JSON.Types.Null) return 3;
  let total: f64 = 0;
  if (type == JSON.Types.Array) {
    const elements = value.get<JSON.Arr>();
    for (let i = 0, n = elements.length; i < n; ++i) total += visit(elements.at(i));
  } else {
    const object = value.get<JSON.Obj>();
    const names = object.keys();
    for (let i = 0, n = names.length; i < n; ++i) total += ofText(names[i]) + visit(object.get(names[i])!);
  }
  return total;
}

function ofText(text: string): f64 {
  return text.length == 0 ? 0 : text.length + text.charCodeAt(text.length - 1);
}
