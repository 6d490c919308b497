/** What an instance's fuel is bought from: the value of its `METER`. */
export interface FuelMeter {
  /**
   * Takes the fuel that is left, which is negative, and gives new fuel, which must not be; or throws a trap. A promise
   * suspends the guest.
   */
  tick(fuel: number): number | Promise<number>;
  /** As `tick`, where the guest cannot be suspended. */
  tickNow(fuel: number): number;
}

// (module (import "" "tick" (func (param externref i32) (result i32))) (export "tick" (func 0)))
const PASSING = Buffer.from("0061736d0100000001070160026f7f017f02090100047469636b0000070801047469636b0000", "hex");

/** A function of the host as one of WebAssembly's, which a table takes: it is exported again. */
export function asCoreFunction(tick: WebAssembly.ImportValue): WebAssembly.ExportValue {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(PASSING), { "": { tick } });
  return exports["tick"] as WebAssembly.ExportValue;
}

/** For the table `TICK` of every instance. */
export const TICKS: readonly WebAssembly.ExportValue[] = [
  asCoreFunction(new WebAssembly.Suspending((meter: FuelMeter, fuel: number) => meter.tick(fuel))),
  asCoreFunction((meter: FuelMeter, fuel: number) => meter.tickNow(fuel)),
];
