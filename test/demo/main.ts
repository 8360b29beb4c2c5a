import { parseArgs } from "node:util";
import { readConfig } from "@seatrial/cli/config.ts";
import { createOutput } from "@seatrial/cli/terminal/output.ts";
import { DemoError } from "./demo-world.ts";
import { runDemo } from "./run-demo.ts";

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const interruption = new AbortController();
const output = createOutput(process, { isJson: false, noColor: readConfig().noColor });
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => {
    output.note("Stopping; all of it is taken down.");
    interruption.abort(new DemoError("interrupted, and taken down again"));
  });
try {
  const columns = () => process.stdout.columns ?? 100;
  await runDemo(output, { keep: values.keep, port: 7070, columns, signal: interruption.signal });
} catch (error) {
  output.note(error instanceof DemoError ? `✗ ${error.message}` : String((error as Error).stack ?? error));
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
