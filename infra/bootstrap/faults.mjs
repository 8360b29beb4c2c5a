import { join } from "node:path";
import { handOver, prepare, root } from "./prepare.mjs";
import { main } from "./step.mjs";

await main(async () => {
  const node = await prepare({ lab: true, database: true, faults: true });
  return handOver(node, join(root, "test/faults/main.ts"), process.argv.slice(2));
});
