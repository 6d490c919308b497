// Never ends by itself.
export function run(): never {
  for (;;);
}
