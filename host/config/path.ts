// Where a value stands in a configuration, and what kind of thing it is: the words of a `ConfigError`.

/** The path of nested keys, as in `permissions.http[2]`. */
export function pathOf(keys: readonly unknown[]): string {
  return keys.reduce<string>(
    (path, key) => (typeof key === "number" ? `${path}[${key}]` : member(path, String(key))),
    "",
  );
}

/** The path of one member, as in `secrets["a-b"]`. */
export function member(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

/** What kind of thing a value is, and never the value: it may be a secret. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return String(value);
  if (Array.isArray(value)) return "an array";
  if (isPlainObject(value)) return "an object";
  return typeof value === "object" ? "an instance of a class" : `a ${typeof value}`;
}

/** An array, a Map or a promise also has typeof "object", and would read as an empty configuration. */
export function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
