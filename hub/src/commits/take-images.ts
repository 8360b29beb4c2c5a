import type { ImagesAnswer } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Queryable } from "../database/database.ts";
import { pullRequestCommits } from "../database/schema/pull-requests.ts";
import { transact } from "../database/transact.ts";
import { lockPullRequest } from "../pull-requests/lock-pull-request.ts";
import { notePullRequest } from "../pull-requests/note-pull-request.ts";
import type { CommitRow } from "../pull-requests/pull-request-row.ts";
import { cutText, safeTexts } from "../reports/safe-text.ts";
import { missingImages, nameImages } from "./await-images.ts";
import { findPullRequest, readCommit, whereCommit } from "./find-commit.ts";
import { endCommit } from "./write-commit.ts";

/** The images that a commit waits for; none when it does not wait. Throws `not_found`. */
export async function readAwaitedImages(
  queryable: Queryable,
  pullRequestId: string,
  sha: string,
): Promise<string[]> {
  const commit = await readCommit(queryable, await findPullRequest(queryable, pullRequestId), sha);
  return commit.state === "images" ? missingImages(commit.images) : [];
}

/**
 * Takes what registries said. What is there is pinned by its digest and not asked for again; a commit whose images are
 * missing for longer than `imageWaitSeconds` is errored by the first one's name. Throws `not_found`.
 */
export async function takeImages(
  deps: HubDeps,
  pullRequestId: string,
  sha: string,
  said: ImagesAnswer,
): Promise<void> {
  const at = deps.clock.now();
  const answers = safeTexts(said.images);
  await transact(deps, async (tx, wake) => {
    const pullRequest = await lockPullRequest(tx, pullRequestId);
    const commit = await readCommit(tx, pullRequest, sha);
    if (commit.state !== "images") return;
    const images = pinned(commit.images, answers);
    const missing = missingImages(images);
    const problem = problemOf(answers, missing);
    const reason = missing.length === 0 ? null : cutText(`waits for ${nameImages(missing)}${problem}`, 2_000);
    await tx
      .update(pullRequestCommits)
      .set({ images, reason, imagesLookedAt: at })
      .where(whereCommit(commit));
    const waitedSeconds = Math.floor((at.getTime() - (commit.imagesSince ?? at).getTime()) / 1_000);
    if (missing.length > 0 && waitedSeconds >= deps.settings.imageWaitSeconds)
      await endCommit(
        tx,
        commit,
        { state: "errored", reason: neverCame(missing, problem, waitedSeconds) },
        at,
      );
    // Nothing to report and nothing to do: a raised generation at each look would have the workflow look for ever.
    else if (missing.length > 0 && reason === commit.reason) return;
    await notePullRequest(tx, wake, pullRequest, at);
  });
}

function pinned(images: CommitRow["images"], answers: ImagesAnswer["images"]): CommitRow["images"] {
  const found = new Map(answers.map(({ image, digest }) => [image, digest]));
  return Object.fromEntries(
    Object.entries(images).map(([image, digest]) => [image, digest ?? found.get(image) ?? null]),
  );
}

/** What hinders the first of them, where it is more than not being there. */
function problemOf(answers: ImagesAnswer["images"], missing: readonly string[]): string {
  const problem = answers.find(({ image }) => image === missing[0])?.problem;
  return problem ? `: ${problem}` : "";
}

function neverCame(missing: readonly string[], problem: string, waitedSeconds: number): string {
  const waited = waitedSeconds >= 120 ? `${Math.floor(waitedSeconds / 60)} minutes` : `${waitedSeconds} s`;
  const verb = missing.length === 1 ? "was" : "were";
  return `${nameImages(missing)} ${verb} not there after ${waited}${problem}: push it, then rerun`;
}
