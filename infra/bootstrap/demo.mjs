import { join } from "node:path";
import { handOver, prepare, root } from "./prepare.mjs";
import { main } from "./step.mjs";

await main(async () => {
  const node = await prepare({ lab: true });
  return handOver(node, join(root, "cli/src/main.ts"), ["demo", ...process.argv.slice(2)]);
});
