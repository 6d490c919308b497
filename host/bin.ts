#!/usr/bin/env node
// The command's door. Nothing newer than Node 18 can stand here, so that an older Node says what it lacks.

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read the output has seen enough, as `head` has.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

if ("Suspending" in WebAssembly) {
  const { main } = await import("./cli/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.exitCode = 1;
  process.stderr.write(
    `backfill: Node ${process.versions.node} has no JavaScript Promise Integration (WebAssembly.Suspending); use Node 26 or later\n`,
  );
}
