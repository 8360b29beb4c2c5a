import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { Annotation } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { ShownCommit, ShownEnvironment, ShownRun } from "./report-world.ts";
import { repositoryPath } from "./repository-path.ts";
import { plain } from "./safe-markdown.ts";

/** More are refused by the contract, and by patience. */
export const mostAnnotations = 1_000;
const configurationFile = "seatrial.yaml";

/**
 * What is wrong, at its lines of the change: red tests, the configuration's mistakes, templates that do not render. By
 * path and line. What names no line inside the repository stands in the summary alone.
 */
export function annotationsOf(
  commit: ShownCommit,
  runs: readonly ShownRun[],
  environments: readonly ShownEnvironment[],
  isFork: boolean,
): { annotations: Annotation[]; more: number } {
  const all = [
    ...commit.problems.map((problem) => ofProblem(problem, isFork)),
    ...environments.flatMap(ofEnvironment),
    ...runs.flatMap((run) => run.red.flatMap((result) => ofResult(run, result))),
  ].toSorted(inOrder);
  return { annotations: all.slice(0, mostAnnotations), more: Math.max(0, all.length - mostAnnotations) };
}

function ofProblem({ line, message }: { line: number; message: string }, isFork: boolean): Annotation {
  const title = isFork ? "The base's seatrial.yaml" : "seatrial.yaml";
  return annotation(configurationFile, line, "failure", title, message);
}

function ofEnvironment({ name, failure }: ShownEnvironment): Annotation[] {
  const path = failure?.file ? repositoryPath(failure.file) : null;
  if (failure === null || path === null || failure.line === null) return [];
  return [annotation(path, failure.line, "failure", `Environment ${name}`, failure.message || failure.code)];
}

function ofResult({ suites }: ShownRun, result: RunResult): Annotation[] {
  const suite = suites.find(({ name }) => name === result.suite);
  const path = result.file === null ? null : repositoryPath(result.file, suite?.spec.path);
  if (path === null || result.line === null) return [];
  const level = suite?.optional === true || result.outcome === "errored" ? "warning" : "failure";
  const message = result.message ?? "It is red and gives no reason.";
  return [annotation(path, result.line, level, `${result.suite} › ${result.case}`, message)];
}

function annotation(
  path: string,
  written: number,
  level: Annotation["level"],
  title: string,
  message: string,
): Annotation {
  // Some tools count lines from 0 on.
  const line = Math.min(Math.max(1, Math.trunc(written)), 2_147_483_647);
  const said = plain(message, 2_000) || "It gives no reason.";
  return { path, startLine: line, endLine: line, level, title: plain(title, 250), message: said };
}

function inOrder(left: Annotation, right: Annotation): number {
  return (
    compare(left.path, right.path) ||
    left.startLine - right.startLine ||
    compare(left.title, right.title) ||
    compare(left.message, right.message)
  );
}

/** By the order of characters: the same for everybody, whatever the locale. */
function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
