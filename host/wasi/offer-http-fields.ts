import {
  bool,
  borrow,
  bytes,
  enumeration,
  failed,
  list,
  ok,
  own,
  record,
  type Result,
  result,
  string,
} from "../abi/values.ts";
import type { Linker } from "../runtime/linker.ts";
import { answering } from "./define.ts";
import { Fields, HEADER_ERRORS, type HeaderError } from "./http-fields.ts";
import { HTTP_TYPES } from "./http-results.ts";

/** Offers `fields`. */
export function offerFields(linker: Linker): void {
  const self = borrow(Fields);
  const field = record({ name: string, value: bytes });
  const headerError = enumeration("header-error", HEADER_ERRORS);
  const changed = result(undefined, headerError);
  const change = (error: HeaderError | undefined): Result<undefined, HeaderError> =>
    error === undefined ? ok(undefined) : failed(error);
  linker
    .drops(Fields)
    .define(
      HTTP_TYPES,
      "[constructor]fields",
      answering({}, own(Fields), (_, { store }) => new Fields(store)),
    )
    .define(
      HTTP_TYPES,
      "[static]fields.from-list",
      answering({ entries: list(field) }, result(own(Fields), headerError), ({ entries }, { store }) => {
        const fields = new Fields(store);
        const error = fields.append(entries);
        return error === undefined ? ok(fields) : failed(error);
      }),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.get",
      answering({ self, name: string }, list(bytes), ({ self, name }) => self.get(name)),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.has",
      answering({ self, name: string }, bool, ({ self, name }) => self.get(name).length > 0),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.set",
      answering({ self, name: string, value: list(bytes) }, changed, ({ self, name, value }) =>
        change(self.set(name, value)),
      ),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.delete",
      answering({ self, name: string }, changed, ({ self, name }) => change(self.set(name, []))),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.append",
      answering({ self, name: string, value: bytes }, changed, ({ self, name, value }) =>
        change(self.append([{ name, value }])),
      ),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.entries",
      answering({ self }, list(field), ({ self }) => self.all),
    )
    .define(
      HTTP_TYPES,
      "[method]fields.clone",
      answering({ self }, own(Fields), ({ self }, { store }) => self.clone(store)),
    );
}
