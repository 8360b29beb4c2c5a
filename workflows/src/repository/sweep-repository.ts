import type { ForgePullRequest, Seen, SweepDuty } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import type { RepositoryForge } from "../github/create-github.ts";
import { ForgeError } from "../github/forge-error.ts";
import { listComments } from "../github/list-comments.ts";
import { getPullRequest, listOpenPullRequests } from "../github/list-pull-requests.ts";
import type { StepAnswer } from "../pull-request/slow-steps.ts";

/** Compares the hub's open pull requests with the forge's and hands on comments, for events that never arrived. */
export async function sweepRepository(deps: StepDeps, repositoryId: string): Promise<StepAnswer> {
  const { hub, clock } = deps;
  const duty = await hub.readSweep(repositoryId);
  const askedAt = new Date(clock.now()).toISOString();
  const seen = await deps
    .withRepository(duty.repository, (forge) => look(forge, duty, askedAt))
    .catch(async (error: unknown) => {
      const isSaid = error instanceof ForgeError && error.kind !== "denied";
      if (isSaid) await hub.noteSeen(repositoryId, problemOf(error, askedAt));
      throw error;
    });
  await hub.noteSeen(repositoryId, seen);
  return done;
}

async function look(forge: RepositoryForge, duty: SweepDuty, askedAt: string): Promise<Seen> {
  const { installationId } = forge;
  const pullRequests = await listOpenPullRequests(forge);
  const isListed = new Set(pullRequests.map(({ number }) => number));
  for (const number of duty.open.filter((each) => !isListed.has(each))) {
    const closed: ForgePullRequest | null = await getPullRequest(forge, number);
    if (closed !== null) pullRequests.push(closed);
  }
  const comments = duty.commentsSince === null ? [] : await listComments(forge, duty.commentsSince);
  return { askedAt, installationId, pullRequests: pullRequests.slice(0, 1_000), comments, problem: null };
}

function problemOf(error: ForgeError, askedAt: string): Seen {
  const problem = error.message.slice(0, 500);
  return { askedAt, installationId: null, pullRequests: [], comments: [], problem };
}
