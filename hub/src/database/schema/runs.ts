import type { Actor } from "@seatrial/contracts/actor.ts";
import type { PlacementReason, SuitePlace } from "@seatrial/contracts/placement/placement.ts";
import type { Exit } from "@seatrial/contracts/runs/exit.ts";
import type { AttemptState, RunState, ShardState, SuiteState } from "@seatrial/contracts/runs/lifecycle.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";
import { projects } from "./projects.ts";

export const runs = pgTable(
  "runs",
  {
    id: text("id").primaryKey(),
    projectId: text("project_id")
      .notNull()
      .references(() => projects.id),
    state: text("state").$type<RunState>().notNull(),
    reason: text("reason"),
    contentId: text("content_id"),
    contentSha256: text("content_sha256"),
    change: jsonb("change").$type<{
      sha: string | null;
      branch: string | null;
      title: string | null;
      dirty: boolean;
    } | null>(),
    idempotencyKey: text("idempotency_key"),
    rerunOf: text("rerun_of"),
    /** Within its project: higher is placed first. */
    priority: integer("priority").notNull().default(0),
    /** The schedule that started it. */
    scheduleId: text("schedule_id"),
    /** The pull request that it is for: its workflow is told when the run is over. */
    pullRequestId: text("pull_request_id"),
    /** Images of its environment and the digests that they were pinned by. */
    images: jsonb("images").$type<Record<string, string>>().notNull().default({}),
    /** What its suites test; `environment_owned`: it came with the run and goes with it. */
    environmentId: text("environment_id"),
    environmentOwned: boolean("environment_owned").notNull().default(false),
    createdBy: jsonb("created_by").$type<Actor>().notNull(),
    createdAt: moment("created_at").notNull(),
    startedAt: moment("started_at"),
    finishedAt: moment("finished_at"),
    cancelRequestedAt: moment("cancel_requested_at"),
    /** The last event's number. Raised in the transaction that writes the event, so numbers commit in order. */
    lastEvent: integer("last_event").notNull().default(0),
  },
  (table) => [
    index("runs_project_created").on(table.projectId, table.createdAt, table.id),
    uniqueIndex("runs_idempotency").on(table.projectId, table.idempotencyKey),
    index("runs_environment").on(table.environmentId),
    /**
     * What each look at a pull request asks for: a handful, however many runs there were. The tick and the schedules find
     * the runs that are not over by it as well.
     */
    index("runs_pull_request_open").on(table.pullRequestId).where(sql`finished_at is null`),
    /** Short ids, in whatever order the database sorts. */
    index("runs_id_start").on(table.id.op("text_pattern_ops")),
  ],
);

export const runSuites = pgTable(
  "run_suites",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    projectId: text("project_id").notNull(),
    position: integer("position").notNull(),
    name: text("name").notNull(),
    /** The suite's name as its author wrote it, where `each` made one of each place; null: `name`. */
    origin: text("origin"),
    /** The place that `each` fixed it to. */
    place: jsonb("place").$type<SuitePlace | null>(),
    spec: jsonb("spec").$type<SuiteSpec>().notNull(),
    state: text("state").$type<SuiteState>().notNull(),
    reason: text("reason"),
    caseCount: integer("case_count"),
    /** For a rerun of red cases only: the cases, by blob. */
    onlyCasesBlobKey: text("only_cases_blob_key"),
    /** Its verdict does not count for the run's. */
    optional: boolean("optional").notNull().default(false),
  },
  (table) => [uniqueIndex("run_suites_name").on(table.runId, table.name)],
);

export const shards = pgTable(
  "shards",
  {
    id: text("id").primaryKey(),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    projectId: text("project_id").notNull(),
    suiteId: text("suite_id")
      .notNull()
      .references(() => runSuites.id),
    kind: text("kind").$type<"list" | "test">().notNull(),
    index: integer("index").notNull(),
    count: integer("count").notNull(),
    state: text("state").$type<ShardState>().notNull(),
    reason: text("reason"),
    caseCount: integer("case_count"),
    /** The planned cases as JSON `{cases: […]}`. */
    casesBlobKey: text("cases_blob_key"),
    redRetriesUsed: integer("red_retries_used").notNull().default(0),
    infrastructureRetriesUsed: integer("infrastructure_retries_used").notNull().default(0),
    createdAt: moment("created_at").notNull(),
    finishedAt: moment("finished_at"),
  },
  (table) => [
    uniqueIndex("shards_place").on(table.suiteId, table.kind, table.index),
    index("shards_run").on(table.runId),
    /** Whether a suite has a shard that is not over: asked each time that a shard ends. */
    index("shards_open").on(table.suiteId).where(sql`finished_at is null`),
  ],
);

/** Over, and not yet looked at by `settle`. Without parameters, so that the index serves it. */
export const unsettled = sql`not settled and ended_at is not null`;

/** Over, settled, with console output that is still in the database. Without parameters, so that the index serves it. */
export const uncompacted = sql`settled and log_blob_key is null and log_bytes > 0`;

export const attempts = pgTable(
  "attempts",
  {
    id: text("id").primaryKey(),
    shardId: text("shard_id")
      .notNull()
      .references(() => shards.id),
    runId: text("run_id").notNull(),
    projectId: text("project_id").notNull(),
    number: integer("number").notNull(),
    state: text("state").$type<AttemptState>().notNull(),
    /** The cases of this attempt where they are fewer than the shard's (a retry of the red ones). */
    casesBlobKey: text("cases_blob_key"),
    clusterId: text("cluster_id"),
    /** Why it was placed there. */
    placement: jsonb("placement").$type<PlacementReason[] | null>(),
    pod: jsonb("pod").$type<{ namespace: string; name: string; node: string | null } | null>(),
    exit: jsonb("exit").$type<Exit | null>(),
    collected: jsonb("collected"),
    createdAt: moment("created_at").notNull(),
    leasedAt: moment("leased_at"),
    startedAt: moment("started_at"),
    endedAt: moment("ended_at"),
    logBytes: integer("log_bytes").notNull().default(0),
    logStamp: text("log_stamp"),
    logBlobKey: text("log_blob_key"),
    /** The environment's probe and evidence that its settling waits for. */
    evidenceOperationId: text("evidence_operation_id"),
    /** False until `settle` has looked at its end. */
    settled: boolean("settled").notNull().default(false),
  },
  (table) => [
    uniqueIndex("attempts_number").on(table.shardId, table.number),
    index("attempts_run").on(table.runId),
    /** What each look at a run asks for: a handful, however many shards it has. */
    index("attempts_unsettled").on(table.runId).where(unsettled),
    /** What each tick looks for in `log-intake/compact-logs.ts`: a handful, however many attempts there were. */
    index("attempts_uncompacted").on(table.id).where(uncompacted),
  ],
);

export const results = pgTable(
  "results",
  {
    attemptId: text("attempt_id")
      .notNull()
      .references(() => attempts.id),
    runId: text("run_id").notNull(),
    projectId: text("project_id").notNull(),
    case: text("case").notNull(),
    outcome: text("outcome").$type<"passed" | "failed" | "errored" | "skipped">().notNull(),
    milliseconds: integer("milliseconds"),
    message: text("message"),
    detail: text("detail"),
    file: text("file"),
    line: integer("line"),
    /** The report this result came from, `<kind>:<path>`: uploading that report again replaces exactly these. */
    source: text("source").notNull(),
  },
  (table) => [
    uniqueIndex("results_case").on(table.attemptId, table.case),
    index("results_run").on(table.runId),
  ],
);

export const artifacts = pgTable(
  "artifacts",
  {
    id: text("id").primaryKey(),
    attemptId: text("attempt_id")
      .notNull()
      .references(() => attempts.id),
    runId: text("run_id").notNull(),
    projectId: text("project_id").notNull(),
    kind: text("kind").$type<"artifact" | "junit" | "journal" | "list">().notNull(),
    path: text("path").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    sha256: text("sha256").notNull(),
    blobKey: text("blob_key").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("artifacts_path").on(table.attemptId, table.kind, table.path),
    index("artifacts_run").on(table.runId),
  ],
);

export const runEvents = pgTable(
  "run_events",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    projectId: text("project_id").notNull(),
    number: integer("number").notNull(),
    type: text("type").notNull(),
    at: moment("at").notNull(),
    actor: jsonb("actor").$type<Actor>().notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
  },
  (table) => [uniqueIndex("run_events_number").on(table.runId, table.number)],
);

/** Console output while an attempt is live; compacted to one blob after its end. */
export const logChunks = pgTable(
  "log_chunks",
  {
    attemptId: text("attempt_id")
      .notNull()
      .references(() => attempts.id),
    runId: text("run_id").notNull(),
    projectId: text("project_id").notNull(),
    offset: integer("offset").notNull(),
    bytes: integer("bytes").notNull(),
    text: text("text").notNull(),
    gap: text("gap"),
  },
  (table) => [index("log_chunks_place").on(table.attemptId, table.offset)],
);
