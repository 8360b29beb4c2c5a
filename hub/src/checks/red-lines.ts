import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { ShownRun } from "./report-world.ts";
import { code } from "./safe-markdown.ts";

/** The red cases of a run, so many of them: what, why, where in the code, where it ran. */
export function redLines(shown: ShownRun, most: number): string[] {
  const { run, red, counts } = shown;
  const lines = red.slice(0, most).map(redLine);
  const more = counts.failed + counts.errored - lines.length;
  if (more <= 0 || run === null) return lines;
  return [...lines, `- and ${more} more: \`seatrial results ${run.id.slice(0, 8)} --outcome failed\``];
}

function redLine({ suite, case: name, message, file, line, cluster, attemptNumber }: RunResult): string {
  const why = message ? `: ${code(message, 300)}` : "";
  const place = file === null ? "" : ` at ${code(line === null ? file : `${file}:${line}`, 300)}`;
  const where = cluster === null ? "" : `, on ${code(cluster, 63)}`;
  return `- ${code(`${suite} › ${name}`, 300)}${why}${place}${where}, attempt ${attemptNumber}`;
}

/** `Flaky: …`: green, but only on another try. */
export function flakyLines({ flaky, counts }: ShownRun): string[] {
  if (flaky.length === 0) return [];
  const more = counts.flaky - flaky.length;
  const rest = more > 0 ? ` and ${more} more` : "";
  return [`Flaky, green on another try: ${flaky.map((name) => code(name, 200)).join(", ")}${rest}`];
}
