import { join } from "node:path";
import { handOver, prepare, root } from "./prepare.mjs";
import { main } from "./step.mjs";

await main(async () => {
  const node = await prepare({});
  // npm changes into the repository; the user's own folder is what relative paths mean.
  const { env } = process;
  const cwd = env.INIT_CWD ?? process.cwd();
  return handOver(node, join(root, "cli/src/main.ts"), process.argv.slice(2), { cwd });
});
