import type { RepositoryFacts, Seen, SweepDuty } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { and, asc, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Queryable, Transaction } from "../database/database.ts";
import { pullRequests, repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { cleanLine } from "../pull-requests/clean-line.ts";
import { seeComment } from "../pull-requests/see-comment.ts";
import { seePullRequest } from "../pull-requests/see-pull-request.ts";
import {
  anotherRepository,
  findRepository,
  isAnother,
  lockRepository,
  type RepositoryRow,
} from "./find-repository.ts";

/** Comments are asked for from before the last sweep on: it took its time, lists lag behind, and repeats do nothing. */
const overlapMs = 900_000;

/** What a repository's workflow decides by. Throws `not_found`. */
export async function readRepositoryFacts(
  { database, clock, settings }: Pick<HubDeps, "database" | "clock" | "settings">,
  id: string,
): Promise<RepositoryFacts> {
  const { sweptAt, disconnectedAt } = await findRepository(database, id);
  const dueMs = sweptAt === null ? 0 : sweptAt.getTime() + settings.repositorySweepSeconds * 1_000;
  const sweepInSeconds = Math.max(0, (dueMs - clock.now().getTime()) / 1_000);
  return { id, isConnected: disconnectedAt === null, sweepInSeconds };
}

/** What to ask the forge for. Throws `not_found`. */
export async function readSweep(queryable: Queryable, id: string): Promise<SweepDuty> {
  const { name, installationId, forgeId, sweptAt } = await findRepository(queryable, id);
  const open = await queryable
    .select({ number: pullRequests.number })
    .from(pullRequests)
    .where(and(eq(pullRequests.repositoryId, id), eq(pullRequests.state, "open")))
    .orderBy(asc(pullRequests.number));
  return {
    repository: { repositoryId: id, name, installationId, forgeId },
    open: open.map(({ number }) => number),
    commentsSince: sweptAt === null ? null : commentsSince(sweptAt).toISOString(),
  };
}

/**
 * Takes what the forge answered as events that arrive now, each in a transaction of its own: a repeat changes nothing.
 * Why it could not be asked is only written down. Throws `not_found`.
 */
export async function takeSeen(deps: HubDeps, id: string, seen: Seen): Promise<void> {
  const repository = await findRepository(deps.database, id);
  const { sweptAt } = repository;
  if (seen.problem !== null) return noteProblem(deps, id, seen.problem);
  if (isAnother(repository, seen.forgeId ?? null)) return noteProblem(deps, id, anotherRepository);
  const held = (work: (tx: Transaction, wake: Wake, row: RepositoryRow, at: Date) => Promise<unknown>) =>
    whileConnected(deps, id, seen, work);
  for (const told of seen.pullRequests)
    await held((tx, wake, row, at) => seePullRequest(tx, wake, row, { told, via: "sweep" }, at));
  for (const comment of seen.comments) {
    // Edited since, not written: what stood there before may have been another's word.
    if (sweptAt === null || new Date(comment.createdAt) < commentsSince(sweptAt)) continue;
    await held((tx, wake, row, at) => seeComment(tx, wake, row, comment, at));
  }
  await noteSwept(deps, id, seen);
}

function commentsSince(sweptAt: Date): Date {
  return new Date(sweptAt.getTime() - overlapMs);
}

async function whileConnected(
  deps: HubDeps,
  id: string,
  seen: Seen,
  work: (tx: Transaction, wake: Wake, row: RepositoryRow, at: Date) => Promise<unknown>,
): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const row = await lockRepository(tx, id, "share");
    // An event may have told meanwhile which repository is meant.
    if (row.disconnectedAt !== null || isAnother(row, seen.forgeId ?? null)) return;
    await work(tx, wake, row, deps.clock.now());
  });
}

async function noteProblem({ database }: HubDeps, id: string, problem: string): Promise<void> {
  await database
    .update(repositories)
    .set({ problem: cleanLine(problem, 500) })
    .where(eq(repositories.id, id));
}

async function noteSwept(deps: HubDeps, id: string, seen: Seen): Promise<void> {
  await transact(deps, async (tx) => {
    const row = await lockRepository(tx, id, "update");
    if (isAnother(row, seen.forgeId ?? null)) return;
    const installationId = seen.installationId ?? row.installationId;
    const forgeId = row.forgeId ?? seen.forgeId ?? null;
    // By the hub's clock: with the worker's, one that is slow would never be done.
    const sweptAt = deps.clock.now();
    await tx
      .update(repositories)
      .set({ sweptAt, installationId, forgeId, problem: null })
      .where(eq(repositories.id, id));
  });
}
