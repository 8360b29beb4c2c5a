import { join } from "node:path";
import { handOver, prepare, root } from "./prepare.mjs";
import { main } from "./step.mjs";

await main(async () => {
  const node = await prepare({ lab: true, tools: ["podinfo", "podcli"] });
  return handOver(node, join(root, "test/demo/main.ts"), process.argv.slice(2));
});
