import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import type { PullRequestPayload } from "./payloads.ts";

/** A pull request of a payload as the rest of the hub knows it. */
export function readTelling(payload: PullRequestPayload): ForgePullRequest {
  const { number, title, base, head } = payload;
  const isMerged = payload.merged === true || typeof payload.merged_at === "string";
  return {
    number,
    state: payload.state === "open" ? "open" : isMerged ? "merged" : "closed",
    draft: payload.draft ?? false,
    title,
    author: payload.user?.login ?? "ghost",
    labels: payload.labels.map(({ name }) => name),
    baseBranch: base.ref,
    baseSha: base.sha,
    headBranch: head.ref,
    headSha: head.sha,
    headRepository: head.repo?.full_name ?? null,
    headRepositoryId: head.repo?.id ?? null,
    baseRepository: base.repo?.full_name ?? null,
    baseRepositoryId: base.repo?.id ?? null,
    updatedAt: new Date(payload.updated_at).toISOString(),
  };
}
