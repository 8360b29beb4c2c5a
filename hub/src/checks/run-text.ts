import { verdicts } from "@seatrial/contracts/runs/lifecycle.ts";
import { describeCounts } from "./describe-counts.ts";
import { newsOf } from "./news-of.ts";
import { flakyLines, redLines } from "./red-lines.ts";
import type { ShownRun } from "./report-world.ts";
import { code } from "./safe-markdown.ts";
import { suiteLines } from "./suite-lines.ts";

export type RunTextOptions = {
  /** Where there are several runs. */
  readonly isNamed: boolean;
  /** So many red cases. */
  readonly mostRed: number;
  /** What stands above it already: a cause is told once. */
  readonly said: string;
};

const isVerdict = (state: string) => verdicts.some((verdict) => verdict === state);

/** A run in paragraphs: its name where that is not plain, its suites, its red cases, what is flaky. */
export function runText(shown: ShownRun, { isNamed, mostRed, said }: RunTextOptions): string[][] {
  const { run, name, reason } = shown;
  if (run === null)
    return [[`Run ${code(name, 40)}${reason === null ? " waits" : `: ${code(reason, 500)}`}`]];
  const suites = suiteLines(shown, `${said} ${run.reason ?? ""}`);
  return [
    headline(shown, isNamed),
    // What a run waits for changes with each step of its environment, which has a line of its own.
    isVerdict(run.state) ? newsOf(run.reason, said) : [],
    suites,
    redLines(shown, mostRed),
    flakyLines(shown),
  ];
}

function headline({ run, name, attempt, counts }: ShownRun, isNamed: boolean): string[] {
  if (run === null || (!isNamed && attempt === 1)) return [];
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  const sum = isNamed ? describeCounts(counts) : null;
  const head = `Run ${code(name, 40)} (\`${run.id.slice(0, 8)}\`${again}): ${run.state}`;
  return [sum === null ? head : `${head}, ${sum}`];
}

/** Paragraphs of lines as Markdown. */
export function join(paragraphs: readonly (readonly string[])[]): string {
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}
