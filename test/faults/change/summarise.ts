import type { Repetition } from "./change-faults.ts";

/** A table with a row for each kind: how often, the verdicts, and the recovery times, median and worst. */
export function summarise(repetitions: readonly Repetition[]): string[] {
  const kinds = [...new Set(repetitions.map(({ plan }) => plan.kind))];
  const wrong = repetitions.filter(({ found }) => found.length > 0).length;
  return [
    "| Fault | Times | Verdicts | Progress after (median, worst) | Over after (median, worst) | Found wrong |",
    "|---|---|---|---|---|---|",
    ...kinds.map((kind) =>
      row(
        kind,
        repetitions.filter(({ plan }) => plan.kind === kind),
      ),
    ),
    `${repetitions.length} repetitions, ${wrong} with something wrong, ${countIdle(repetitions)} that proved nothing`,
  ];
}

/** What was found is wrong, whatever the fault met. */
function countIdle(repetitions: readonly Repetition[]): number {
  return repetitions.filter(({ hasMetWork, found }) => !hasMetWork && found.length === 0).length;
}

function row(kind: string, own: readonly Repetition[]): string {
  const verdicts = [...new Set(own.map(({ ending }) => ending))].map(
    (ending) => `${own.filter((one) => one.ending === ending).length} ${ending}`,
  );
  const recoveries = own.flatMap(({ recovery }) => (recovery === null ? [] : [recovery]));
  const progress = spread(recoveries.map(({ progressSeconds }) => progressSeconds));
  const over = spread(recoveries.map(({ overSeconds }) => overSeconds));
  const found = own.reduce((sum, one) => sum + one.found.length, 0);
  const idle = countIdle(own);
  const times = idle === 0 ? `${own.length}` : `${own.length} (${idle} proved nothing)`;
  return `| ${kind} | ${times} | ${verdicts.join(", ")} | ${progress} | ${over} | ${found} |`;
}

function spread(seconds: readonly number[]): string {
  if (seconds.length === 0) return "–";
  const sorted = seconds.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return `${middle.toFixed(1)} s, ${(sorted.at(-1) ?? 0).toFixed(1)} s`;
}
