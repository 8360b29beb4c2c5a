import { createBudget, matchesAny } from "@seatrial/contracts/configuration/globs.ts";
import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";

export type ChangeFacts = Pick<PullRequestRow, "draft" | "labels" | "baseBranch"> & {
  readonly changedFiles: readonly ChangedFile[];
};

/** The forge tells no more changed files than these: any path may be among the rest. */
const mostTold = 3_000;

/**
 * The runs of a configuration that apply to a pull request, in the file's order. A condition that is not written asks for
 * nothing, but a draft is left alone until it is ready, unless the run says `drafts`.
 */
export function chooseRuns(
  configuration: Pick<ResolvedConfiguration, "runs">,
  change: ChangeFacts,
): ResolvedRun[] {
  const changed = change.changedFiles.map(({ path }) => path);
  // One for all runs: a file of a hundred slow ones costs no more than one.
  const budget = createBudget();
  return configuration.runs.filter(({ trigger }) => {
    if (trigger.kind !== "pull_request") return false;
    const { paths, branches, drafts, labels } = trigger;
    return (
      (drafts || !change.draft) &&
      (branches.length === 0 || matchesAny(branches, [change.baseBranch], budget)) &&
      (labels.length === 0 || hasOne(change.labels, labels)) &&
      (paths.length === 0 || changed.length >= mostTold || matchesAny(paths, changed, budget))
    );
  });
}

/** GitHub's labels are one whatever their case. */
function hasOne(labels: readonly string[], wanted: readonly string[]): boolean {
  const known = new Set(labels.map((label) => label.toLowerCase()));
  return wanted.some((label) => known.has(label.toLowerCase()));
}
