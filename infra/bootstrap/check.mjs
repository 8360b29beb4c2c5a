import { runArchitectureTest, runTypesAndLint } from "./checks.mjs";
import { prepare } from "./prepare.mjs";
import { main, say } from "./step.mjs";

await main(async () => {
  const node = await prepare({});
  const failed = [...(await runTypesAndLint(node)), ...(await runArchitectureTest(node))];
  say(failed.length === 0 ? "All checks passed." : `Failed: ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
});
