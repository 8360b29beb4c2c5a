import type { WorkKind } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { UploadKind } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import type { Spread, Toleration } from "@seatrial/contracts/suites/suite-spec.ts";
import type { outboxKinds } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { sql } from "drizzle-orm";
import { bigserial, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/**
 * What a lease grants. `queued` items may be claimed; a `leased` one belongs to one instance of one member until
 * `expires_at`; `done` ones keep their lease id, so a late answer is told apart from a foreign one.
 */
export const workItems = pgTable(
  "work_items",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<WorkKind>().notNull(),
    projectId: text("project_id").notNull(),
    runId: text("run_id").notNull(),
    attemptId: text("attempt_id").notNull(),
    state: text("state").$type<"queued" | "leased" | "done">().notNull(),
    /** The one cluster that can reach what the shard tests; null: any that fits. */
    onlyClusterId: text("only_cluster_id"),
    /** Labels a cluster must have. */
    clusterLabels: jsonb("cluster_labels").$type<Record<string, string>>().notNull(),
    /** Taints it may stand. */
    tolerations: jsonb("tolerations").$type<Toleration[]>().notNull().default([]),
    /** Over which values of a cluster label its suite's shards are spread. */
    spread: jsonb("spread").$type<Spread | null>(),
    suiteId: text("suite_id"),
    cpuMillis: integer("cpu_millis").notNull(),
    memoryBytes: text("memory_bytes").notNull(),
    priority: integer("priority").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    /** Since when no cluster could ever take it; null: one could, or nobody has looked. */
    unplaceableSince: moment("unplaceable_since"),
    leaseId: text("lease_id"),
    memberId: text("member_id"),
    clusterId: text("cluster_id"),
    instance: text("instance"),
    leasedAt: moment("leased_at"),
    acknowledgeBy: moment("acknowledge_by"),
    acknowledgedAt: moment("acknowledged_at"),
    expiresAt: moment("expires_at"),
    /** When a claim last told its agent that the run is cancelled: paces the repeats. */
    cancelToldAt: moment("cancel_told_at"),
    finishedAt: moment("finished_at"),
  },
  (table) => [
    /** The next items of one project, in the order of `leases/claim-candidates.ts`. */
    index("work_items_next").on(
      table.projectId,
      table.state,
      table.priority.desc(),
      table.createdAt,
      table.id,
    ),
    /** Deadlines of the tick. */
    index("work_items_deadline").on(table.state, table.expiresAt),
    uniqueIndex("work_items_lease").on(table.leaseId),
    index("work_items_member").on(table.memberId, table.state),
    index("work_items_attempt").on(table.attemptId),
    /** How a suite's shards are spread so far. */
    index("work_items_spread").on(table.suiteId, table.clusterId).where(sql`spread is not null`),
  ],
);

/** An upload of a helper, in parts, until it is complete. */
export const uploads = pgTable(
  "uploads",
  {
    leaseId: text("lease_id").notNull(),
    projectId: text("project_id").notNull(),
    kind: text("kind").$type<UploadKind>().notNull(),
    path: text("path").notNull(),
    receivedBytes: integer("received_bytes").notNull(),
    partKeys: jsonb("part_keys").$type<string[]>().notNull(),
    complete: boolean("complete").notNull().default(false),
    updatedAt: moment("updated_at").notNull(),
  },
  (table) => [uniqueIndex("uploads_path").on(table.leaseId, table.kind, table.path)],
);

/** Written in the transaction of what it announces; pulled by the worker; gone when acknowledged. */
export const outbox = pgTable(
  "outbox",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    kind: text("kind").$type<(typeof outboxKinds)[number]>().notNull(),
    projectId: text("project_id").notNull(),
    runId: text("run_id"),
    environmentId: text("environment_id"),
    scheduleId: text("schedule_id"),
    pullRequestId: text("pull_request_id"),
    repositoryId: text("repository_id"),
    suite: text("suite"),
    createdAt: moment("created_at").notNull(),
    invisibleUntil: moment("invisible_until"),
  },
  (table) => [index("outbox_visible").on(table.invisibleUntil, table.id)],
);
