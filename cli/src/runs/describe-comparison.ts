import type {
  ComparedCase,
  ComparedOutcome,
  ComparisonColumn,
  ComparisonSuite,
} from "@seatrial/contracts/runs/comparison.ts";
import { suiteIsOver } from "@seatrial/contracts/runs/lifecycle.ts";
import type { Output, Tone } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";
import { shortRunId } from "./short-run-id.ts";

const tones: Record<ComparedOutcome, Tone> = {
  passed: "green",
  failed: "red",
  errored: "red",
  skipped: "yellow",
  missing: "yellow",
};

/** A comparison as people read it: for each suite what matters first, then its cases with a column for each place. */
export function describeComparison(
  suites: readonly ComparisonSuite[],
  items: readonly ComparedCase[],
  output: Output,
): string[] {
  return suites.flatMap((suite) => {
    const own = items.filter((item) => item.suite === suite.suite);
    return [
      `${markOf(suite, output)} ${safeLine(suite.suite, 100)}: ${summarize(suite)}`,
      ...suite.columns.flatMap((column) => silence(column)),
      ...casesTable(suite, own, output),
    ];
  });
}

/** `2 of 24 cases differ; west alone is red in 2` */
export function summarize({ cases, different, columns }: ComparisonSuite): string {
  const told = columns.filter((column) => column.cases > 0).map(nameOf);
  if (cases === 0) return "no cases reported yet";
  if (told.length === 1) return `only ${told[0]} told of its ${casesOf(cases)}: nothing to compare with`;
  if (different === 0) return `all ${casesOf(cases)} are equal in ${told.join(", ")}`;
  const alone = columns
    .filter(({ redAlone }) => redAlone > 0)
    .map((column) => `${nameOf(column)} alone is red in ${column.redAlone}`);
  return [`${different} of ${casesOf(cases)} differ`, ...alone].join("; ");
}

function markOf({ different, columns }: ComparisonSuite, output: Output): string {
  const isWhole = columns.every(({ cases }) => cases > 0);
  return different === 0 && isWhole ? output.paint("green", "=") : output.paint("red", "≠");
}

function casesOf(count: number): string {
  return count === 1 ? "1 case" : `${count} cases`;
}

/** A run is named by its short id, a place by its value. */
function nameOf({ key, runId }: ComparisonColumn): string {
  return key === runId ? shortRunId(key) : safeLine(key, 63);
}

/** Why a column is left out. */
function silence(column: ComparisonColumn): string[] {
  if (column.cases > 0) return [];
  const why = column.reason === null ? "" : `: ${safeLine(column.reason, 300)}`;
  const state = suiteIsOver(column.state) ? column.state : `still ${column.state}`;
  return [`  ${nameOf(column)} told of no case, it is ${state}${why}`];
}

function casesTable(suite: ComparisonSuite, items: readonly ComparedCase[], output: Output): string[] {
  if (items.length === 0) return [];
  const told = suite.columns.filter(({ cases }) => cases > 0);
  const rows = items.map((item) => [
    `  ${safeLine(item.case, 160)}`,
    ...item.cells.map(({ outcome, flaky }) =>
      output.paint(tones[outcome], flaky ? `${outcome} (flaky)` : outcome),
    ),
  ]);
  const heading = ["  CASE", ...told.map((column) => nameOf(column).toUpperCase())];
  const [first = "", ...lines] = formatTable([heading, ...rows]);
  const withMessages = lines.flatMap((line, index) => [line, ...messagesOf(suite, items[index])]);
  return [output.paint("dim", first), ...withMessages];
}

/** What the red ones say; the same words are said once. */
function messagesOf(suite: ComparisonSuite, item: ComparedCase | undefined): string[] {
  const said = new Map<string, string[]>();
  for (const { column: key, message } of item?.cells ?? []) {
    const column = suite.columns.find((one) => one.key === key);
    if (message === null || column === undefined) continue;
    const text = safeLine(message, 200);
    said.set(text, [...(said.get(text) ?? []), nameOf(column)]);
  }
  return [...said].map(([text, names]) => `    ${names.join(", ")}: ${text}`);
}
