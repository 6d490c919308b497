// (module (func (export "trap") unreachable))
const TRAPPING = Buffer.from("0061736d0100000001040160000003020100070801047472617000000a05010300000b", "hex");

const { trap: run } = new WebAssembly.Instance(new WebAssembly.Module(TRAPPING)).exports as { trap: () => void };

/**
 * An error that no guest can catch. A guest may catch what a host function throws (`catch_all`), but not a trap, and
 * the engine knows the error of a real trap wherever it is thrown again.
 */
export function trap(): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("the trap did not trap");
}
