import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createOutput } from "@seatrial/cli/terminal/output.ts";
import { createCastRecorder, formatCast } from "./cast.ts";
import { drawSvg } from "./draw-svg.ts";
import { runDemo } from "./run-demo.ts";

/** Runs the demo as on a terminal and writes docs/demo.cast, with the times as they were, and docs/demo.svg. */
const size = { columns: 100, rows: 40 };
const docs = join(import.meta.dirname, "../../docs");
const recorder = createCastRecorder(size, () => performance.now());
const stdout = {
  isTTY: true,
  write(text: string) {
    recorder.write(text);
    process.stdout.write(text);
  },
};
const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
const output = createOutput({ stdout, stderr: process.stderr }, { isJson: false, noColor: false });
output.print("$ npm run demo");
await runDemo(output, {
  ...{ keep: false, port: 7070, columns: () => size.columns, signal: interruption.signal },
});
const title = "npm run demo: a pull request, from its first commit to the proof that nothing is left";
await writeFile(join(docs, "demo.cast"), formatCast(recorder.cast, { title, madeAt: new Date() }));
await writeFile(join(docs, "demo.svg"), drawSvg(recorder.cast, title));
