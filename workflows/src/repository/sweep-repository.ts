import type { ForgePullRequest, Seen, SweepDuty } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import { confirmRepository } from "../github/confirm-repository.ts";
import type { RepositoryForge } from "../github/create-github.ts";
import { ForgeError } from "../github/forge-error.ts";
import { listComments } from "../github/list-comments.ts";
import { getPullRequest, listOpenPullRequests } from "../github/list-pull-requests.ts";
import type { StepAnswer } from "../pull-request/slow-steps.ts";

/** As many as the hub takes at once. */
const mostPullRequests = 1_000;

/** Compares the hub's open pull requests with the forge's and hands on comments, for events that never arrived. */
export async function sweepRepository(deps: StepDeps, repositoryId: string): Promise<StepAnswer> {
  const { hub, clock } = deps;
  const duty = await hub.readSweep(repositoryId);
  const askedAt = new Date(clock.now()).toISOString();
  const seen = await deps
    .withRepository(duty.repository, (forge) => look(forge, duty, askedAt))
    .catch(async (error: unknown) => {
      const isSaid = error instanceof ForgeError && error.kind !== "denied";
      if (isSaid) await hub.noteSeen(repositoryId, problemOf(error.message, askedAt));
      throw error;
    });
  await hub.noteSeen(repositoryId, seen);
  // A sweep that went well says that all is well: what else the forge denies is still so.
  const denied = deps.refusals.deniedIn(repositoryId);
  if (denied !== null) await hub.noteSeen(repositoryId, problemOf(denied, askedAt));
  return done;
}

async function look(forge: RepositoryForge, duty: SweepDuty, askedAt: string): Promise<Seen> {
  const { installationId } = forge;
  const forgeId = await confirmRepository(forge, duty.repository);
  const listed = await listOpenPullRequests(forge);
  const isListed = new Set(listed.map(({ number }) => number));
  const others: ForgePullRequest[] = [];
  for (const number of duty.open.filter((each) => !isListed.has(each))) {
    const other = await getPullRequest(forge, number);
    if (other !== null) others.push(other);
  }
  // What is over comes first: nothing else says so, and the list of those that are open may fill it all.
  const isOver = ({ state }: ForgePullRequest) => state !== "open";
  const all = [...others.filter(isOver), ...listed, ...others.filter((each) => !isOver(each))];
  const comments = duty.commentsSince === null ? [] : await listComments(forge, duty.commentsSince);
  const pullRequests = all.slice(0, mostPullRequests);
  return { askedAt, forgeId, installationId, pullRequests, comments, problem: null };
}

function problemOf(message: string, askedAt: string): Seen {
  const problem = message.slice(0, 500);
  return { askedAt, installationId: null, pullRequests: [], comments: [], problem };
}
