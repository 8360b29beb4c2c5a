#!/usr/bin/env node
// Seatrial's sources are TypeScript that Node 24 runs as it is. An older Node starts the one installed beside them.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../src/main.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= 24) await import(main.href);
else {
  const own = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `seatrial needs Node 24 (this is ${process.version}) and ${own} is not there: run npm install`,
    );
    process.exit(3);
  }
  const child = spawn(own, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  // The terminal sends its signals to both; this process only waits for the child.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => (signal === "SIGTERM" ? child.kill(signal) : undefined));
  child.on("exit", (code, signal) => process.exit(signal ? 3 : (code ?? 3)));
}
