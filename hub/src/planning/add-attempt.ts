import { newId } from "@seatrial/contracts/ids.ts";
import { inArray } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts, shards } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { NewEvent } from "../events/append-events.ts";
import type { Run, RunSuite, Shard } from "../leases/attempt-context.ts";
import { placesOfCopies } from "./copy-place.ts";
import { environmentPlace, onlyClusterFor } from "./environment-place.ts";

type NewAttempt = { suite: RunSuite; shard: Shard; number: number; casesBlobKey: string | null };

/**
 * Writes attempts, each with the work item that lets an agent claim it, and answers their events. The shards must
 * exist; the run must be locked.
 */
export async function addAttempts(
  tx: Transaction,
  run: Run,
  added: readonly NewAttempt[],
  at: Date,
): Promise<NewEvent[]> {
  if (added.length === 0) return [];
  await forgetPlaces(tx, added);
  const place = await environmentPlace(tx, run);
  const copies = await placesOfCopies(
    tx,
    added.map(({ suite }) => suite),
  );
  const rows = added.map((attempt) => ({ ...attempt, id: newId("attempt") }));
  const owner = { runId: run.id, projectId: run.projectId, createdAt: at };
  await tx.insert(attempts).values(
    rows.map(({ id, shard, number, casesBlobKey }) => ({
      ...owner,
      id,
      shardId: shard.id,
      number,
      casesBlobKey,
      state: "queued" as const,
    })),
  );
  await tx.insert(workItems).values(
    rows.map(({ id, shard, suite: { id: suiteId, spec } }) => ({
      ...owner,
      id: newId("workItem"),
      kind: "shard" as const,
      attemptId: id,
      state: "queued" as const,
      onlyClusterId: copies.get(suiteId)?.onlyClusterId ?? onlyClusterFor(place, spec),
      clusterLabels: { ...spec.clusters.labels, ...copies.get(suiteId)?.labels },
      tolerations: spec.clusters.tolerate,
      // Listing the cases is one pod: there is nothing to spread.
      spread: shard.kind === "test" ? spec.clusters.spread : null,
      suiteId,
      priority: run.priority,
      cpuMillis: spec.resources.cpuMillis,
      memoryBytes: String(spec.resources.memoryBytes),
    })),
  );
  return rows.map(({ id, suite, shard, number }) => ({
    type: "shard.queued",
    data: {
      attemptId: id,
      number,
      shardId: shard.id,
      shardKind: shard.kind,
      shardIndex: shard.index,
      shardCount: shard.count,
      suite: suite.name,
    },
  }));
}

/** A shard counts where its newest attempt is: for the spread of its suite, the places of earlier ones are forgotten. */
async function forgetPlaces(tx: Transaction, added: readonly NewAttempt[]): Promise<void> {
  const again = added.filter(({ number, suite }) => number > 1 && suite.spec.clusters.spread !== null);
  if (again.length === 0) return;
  const earlier = tx
    .select({ id: attempts.id })
    .from(attempts)
    .where(
      inArray(
        attempts.shardId,
        again.map(({ shard }) => shard.id),
      ),
    );
  await tx.update(workItems).set({ spread: null }).where(inArray(workItems.attemptId, earlier));
}

type NewShard = { caseCount: number | null; casesBlobKey: string | null };

/** Writes all shards of one kind of a suite with their first attempts, and answers the events. */
export async function addShards(
  tx: Transaction,
  run: Run,
  suite: RunSuite,
  kind: "list" | "test",
  planned: readonly NewShard[],
  at: Date,
): Promise<NewEvent[]> {
  const rows = planned.map((shard, index) => ({
    ...shard,
    id: newId("shard"),
    runId: run.id,
    projectId: run.projectId,
    suiteId: suite.id,
    kind,
    index,
    count: planned.length,
    state: "queued" as const,
    createdAt: at,
  }));
  const inserted = await tx.insert(shards).values(rows).returning();
  const attempts = inserted.map((shard) => ({ suite, shard, number: 1, casesBlobKey: null }));
  return addAttempts(tx, run, attempts, at);
}
