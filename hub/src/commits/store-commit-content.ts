import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import { storeContent } from "../contents/store-content.ts";
import { findPullRequest, projectOf, readCommit } from "./find-commit.ts";
import { refuseUnapproved } from "./read-source-duty.ts";

/**
 * Stores a commit's files in its project, by the rules of a person's own upload; true when they were not there. Throws
 * `not_found`, `conflict` for a fork's commit that nobody approved, and as `storeContent`.
 */
export async function storeCommitContent(
  deps: HubDeps,
  caller: Caller,
  { pullRequestId, sha, sha256 }: { pullRequestId: string; sha: string; sha256: string },
  body: ReadableStream<Uint8Array> | null,
): Promise<boolean> {
  const pullRequest = await findPullRequest(deps.database, pullRequestId);
  refuseUnapproved(pullRequest, await readCommit(deps.database, pullRequest, sha));
  const project = await projectOf(deps.database, pullRequest.projectId);
  return (await storeContent(deps, caller, project, sha256, body)).created;
}
