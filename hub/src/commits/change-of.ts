import type { EnvironmentRow } from "../environments/environment-row.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { cutText } from "../reports/safe-text.ts";

/** What the runs and environments of a commit say that they are of. */
export function changeOf(
  { headBranch, title }: Pick<PullRequestRow, "headBranch" | "title">,
  sha: string,
): NonNullable<EnvironmentRow["change"]> {
  return { sha, branch: cutText(headBranch, 250), title: cutText(title, 500), dirty: false };
}

/** As people write a commit. */
export function shortSha(sha: string): string {
  return sha.slice(0, 12);
}
