/** What an instance's fuel is bought from: the value of its `METER`. */
export interface FuelMeter {
  /** Takes the fuel that is left, which is negative, and gives new fuel, which must not be; or throws a trap. */
  tick(fuel: number): number;
  /** As `tick`, in a call that may suspend. */
  tickOrSuspend(fuel: number): number | Promise<number>;
}

// (module (import "" "tick" (func (param externref i32) (result i32))) (export "tick" (func 0)))
const PASSING = Buffer.from("0061736d0100000001070160026f7f017f02090100047469636b0000070801047469636b0000", "hex");

// A table takes functions of WebAssembly alone, so these are exported again.

/** For the table `TICK` of an instance while it is called through `WebAssembly.promising`. */
export function suspendingTick(): WebAssembly.ExportValue {
  return passed(new WebAssembly.Suspending((meter: FuelMeter, fuel: number) => meter.tickOrSuspend(fuel)));
}

/** For the table `TICK` of an instance while it is called in any other way: there the other one traps. */
export function immediateTick(): WebAssembly.ExportValue {
  return passed((meter: FuelMeter, fuel: number) => meter.tick(fuel));
}

function passed(tick: WebAssembly.ImportValue): WebAssembly.ExportValue {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(PASSING), { "": { tick } });
  return exports["tick"] as WebAssembly.ExportValue;
}
