import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Endpoint } from "@seatrial/contracts/environments/environment.ts";
import type { EnvironmentTemplate } from "@seatrial/contracts/environments/environment-template.ts";
import type {
  EnvironmentState,
  EnvironmentWish,
  OperationFailureCode,
  OperationKind,
  OperationState,
} from "@seatrial/contracts/environments/lifecycle.ts";
import type { Blocker, Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Toleration } from "@seatrial/contracts/suites/suite-spec.ts";
import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";
import { projects } from "./projects.ts";

export const environments = pgTable(
  "environments",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    name: text("name").notNull(),
    /** `<project>-<name>-<short id>`, never reused. */
    namespace: text("namespace").notNull(),
    state: text("state").$type<EnvironmentState>().notNull(),
    wanted: text("wanted").$type<EnvironmentWish>().notNull(),
    reason: text("reason"),
    template: jsonb("template").$type<EnvironmentTemplate>().notNull(),
    contentId: text("content_id").notNull(),
    contentSha256: text("content_sha256").notNull(),
    change: jsonb("change").$type<{
      sha: string | null;
      branch: string | null;
      title: string | null;
      dirty: boolean;
    } | null>(),
    /** Raised by each update of the template. */
    generation: integer("generation").notNull().default(1),
    appliedGeneration: integer("applied_generation").notNull().default(0),
    clusterLabels: jsonb("cluster_labels").$type<Record<string, string>>().notNull(),
    /** Taints of a cluster that it stands. */
    tolerations: jsonb("tolerations").$type<Toleration[]>().notNull().default([]),
    /** Set when its first operation is claimed, and never changed: its work stays in this cluster. */
    clusterId: text("cluster_id"),
    endpoints: jsonb("endpoints").$type<Endpoint[]>().notNull(),
    blockers: jsonb("blockers").$type<Blocker[]>().notNull(),
    leftOut: jsonb("left_out").$type<string[]>().notNull(),
    /** The run that brought it and takes it along. */
    runId: text("run_id"),
    /** The pull request that it is for: it goes when that is closed, and its workflow is told of each change. */
    pullRequestId: text("pull_request_id"),
    /** From 1 on while it waits for its project's quota. */
    queuePosition: integer("queue_position"),
    keepOnFailureSeconds: integer("keep_on_failure_seconds").notNull().default(0),
    /** As asked for: a rerun brings the next one with the same. */
    ttlSeconds: integer("ttl_seconds").notNull(),
    expiresAt: moment("expires_at").notNull(),
    /** Promised by the last `extend`: the end of the run that owns it does not undercut this. */
    keptUntil: moment("kept_until"),
    pin: jsonb("pin").$type<{ owner: Actor; until: string; reason: string } | null>(),
    /** A probe newer than this is asked for, by a run. */
    proveAfter: moment("prove_after"),
    provedAt: moment("proved_at"),
    /** The environment's data key, wrapped by the hub's key. Null once deleted: old states are unreadable for good. */
    wrappedStateKey: text("wrapped_state_key"),
    stateBlobKey: text("state_blob_key"),
    stateEngine: text("state_engine"),
    stateProvider: text("state_provider"),
    proof: jsonb("proof").$type<Proof | null>(),
    idempotencyKey: text("idempotency_key"),
    createdBy: jsonb("created_by").$type<Actor>().notNull(),
    createdAt: moment("created_at").notNull(),
    readyAt: moment("ready_at"),
    deletedAt: moment("deleted_at"),
    lastEvent: integer("last_event").notNull().default(0),
    lastOperation: integer("last_operation").notNull().default(0),
    /** Not read any more (see `sweep_doubts` below); it stays for hubs of the version before. */
    sweepDoubts: integer("sweep_doubts").notNull().default(0),
  },
  (table) => [
    index("environments_project_created").on(table.projectId, table.createdAt, table.id),
    // What is deleted stays for ever: counting what is there must not walk it.
    index("environments_held").on(table.projectId).where(sql`state <> 'deleted'`),
    index("environments_cluster").on(table.clusterId, table.state),
    index("environments_run").on(table.runId),
    /** Short ids, in whatever order the database sorts. */
    index("environments_id_start").on(table.id.op("text_pattern_ops")),
    uniqueIndex("environments_namespace").on(table.namespace),
    uniqueIndex("environments_idempotency").on(table.projectId, table.idempotencyKey),
  ],
);

/**
 * One try to change an environment. It is a work item of its own kind with the same lease columns and rules as a
 * shard's: queued ones may be claimed, the lease id is the fence. At most one of an environment is open.
 */
export const operations = pgTable(
  "environment_operations",
  {
    id: text("id").primaryKey(),
    environmentId: text("environment_id")
      .notNull()
      .references(() => environments.id),
    projectId: text("project_id").notNull(),
    kind: text("kind").$type<OperationKind>().notNull(),
    number: integer("number").notNull(),
    generation: integer("generation").notNull(),
    state: text("state").$type<OperationState>().notNull(),
    /** What it applies, as it stood when it was claimed: an update meanwhile must not change a grant. */
    template: jsonb("template").$type<EnvironmentTemplate>(),
    contentSha256: text("content_sha256"),
    /** For `prove`: gather evidence since then. */
    evidenceSince: moment("evidence_since"),
    createdAt: moment("created_at").notNull(),
    startedAt: moment("started_at"),
    endedAt: moment("ended_at"),
    leaseId: text("lease_id"),
    memberId: text("member_id"),
    clusterId: text("cluster_id"),
    instance: text("instance"),
    leasedAt: moment("leased_at"),
    acknowledgeBy: moment("acknowledge_by"),
    acknowledgedAt: moment("acknowledged_at"),
    expiresAt: moment("expires_at"),
    /** When a claim last told its provisioner that the environment shall go: paces the repeats. */
    cancelToldAt: moment("cancel_told_at"),
    steps: jsonb("steps").$type<{ name: string; milliseconds: number }[]>().notNull(),
    failureCode: text("failure_code").$type<OperationFailureCode>(),
    failureMessage: text("failure_message"),
    failureFile: text("failure_file"),
    failureLine: integer("failure_line"),
    evidence: jsonb("evidence").$type<Evidence[]>().notNull(),
  },
  (table) => [
    uniqueIndex("environment_operations_number").on(table.environmentId, table.number),
    uniqueIndex("environment_operations_lease").on(table.leaseId),
    index("environment_operations_next").on(table.state, table.createdAt, table.id),
    index("environment_operations_member").on(table.memberId, table.state),
  ],
);

/** What operations recorded in a cluster, by UID: the state's view, which a proof and a sweep compare with. */
export const environmentObjects = pgTable(
  "environment_objects",
  {
    environmentId: text("environment_id")
      .notNull()
      .references(() => environments.id),
    projectId: text("project_id").notNull(),
    apiVersion: text("api_version").notNull(),
    kind: text("kind").notNull(),
    namespace: text("namespace"),
    name: text("name").notNull(),
    uid: text("uid"),
    recordedBy: text("recorded_by").notNull(),
    present: boolean("present").notNull().default(true),
  },
  (table) => [index("environment_objects_environment").on(table.environmentId)],
);

export const environmentEvents = pgTable(
  "environment_events",
  {
    environmentId: text("environment_id")
      .notNull()
      .references(() => environments.id),
    projectId: text("project_id").notNull(),
    number: integer("number").notNull(),
    type: text("type").notNull(),
    at: moment("at").notNull(),
    actor: jsonb("actor").$type<Actor>().notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (table) => [uniqueIndex("environment_events_number").on(table.environmentId, table.number)],
);

/**
 * What is in doubt since a cluster's sweep: found although the hub does not know it or knows it as deleted, or not found
 * although it should be there; in how many looks in a row, until it is in doubt no more.
 */
export const sweepDoubts = pgTable(
  "sweep_doubts",
  {
    clusterId: text("cluster_id").notNull(),
    /** As the cluster's label says: untrusted, and perhaps of no environment that ever was. */
    environmentId: text("environment_id").notNull(),
    sweeps: integer("sweeps").notNull(),
    lastSeenAt: moment("last_seen_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.clusterId, table.environmentId] })],
);
