import { findTools } from "./find-tool.ts";
import { createStepPrinter } from "./print-steps.ts";
import { type ToolName, toolNames } from "./tool-specs.ts";

/** Makes sure that the named tools (all without a name) are on this machine. Used before the CLI can run. */
const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
const asked = process.argv.slice(2);
const names = asked.length > 0 ? (asked as ToolName[]) : toolNames;
const report = createStepPrinter((line) => process.stdout.write(`${line}\n`));
try {
  await findTools(names, { report, signal: interruption.signal });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
