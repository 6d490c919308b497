const X64 = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/**
 * So many characters, a multiple of 1024. AssemblyScript's repeat() copies what it repeats once each time: a character at a
 * time takes longer than the call.
 */
export function textOf(length: i32): string {
  return X64.repeat(16).repeat(length / 1024);
}
