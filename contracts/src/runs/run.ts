import { z } from "zod";
import { actorSchema } from "../actor.ts";
import { environmentRequestSchema } from "../environments/environment.ts";
import { environmentStates } from "../environments/lifecycle.ts";
import { limits } from "../limits.ts";
import { placementReasonSchema, suitePlaceSchema } from "../placement/placement.ts";
import { suiteSpecSchema } from "../suites/suite-spec.ts";
import { changeSchema } from "./change.ts";
import { exitSchema } from "./exit.ts";
import { attemptStates, runStates, shardStates, suiteStates } from "./lifecycle.ts";

export const createRunSchema = z
  .object({
    suites: z.array(suiteSpecSchema).min(1).max(limits.suitesPerRun),
    /** SHA-256 (hex) of a content uploaded before; null when no suite needs files. */
    contentSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
    change: changeSchema.nullable().default(null),
    /**
     * What the suites test: an environment that stands (it is proved again first), or one that the run brings and
     * takes along at its end. Null: the suites need none.
     */
    environment: z
      .union([z.object({ id: z.string().max(40) }).strict(), environmentRequestSchema])
      .nullable()
      .default(null),
    /** Within its project: shards of higher ones are placed first. Never before another project's fair share. */
    priority: z.int().min(-100).max(100).default(0),
    /** Names of suites of it whose verdict does not count for the run's. At least one suite must count. */
    optional: z.array(z.string().max(40)).max(limits.suitesPerRun).default([]),
    /** The same key within a project answers with the run made before. */
    idempotencyKey: z.string().min(1).max(100).optional(),
  })
  .strict()
  .meta({ id: "CreateRun" });
export type CreateRun = z.infer<typeof createRunSchema>;
export type CreateRunInput = z.input<typeof createRunSchema>;

export const resultCountsSchema = z
  .object({
    passed: z.int(),
    failed: z.int(),
    errored: z.int(),
    skipped: z.int(),
    /** Cases that were red at first and green on a retry; also counted in `passed`. */
    flaky: z.int(),
  })
  .meta({ id: "ResultCounts" });
export type ResultCounts = z.infer<typeof resultCountsSchema>;

export const attemptSchema = z
  .object({
    id: z.string(),
    shardId: z.string(),
    number: z.int(),
    state: z.enum(attemptStates),
    cluster: z.string().nullable(),
    /** Why it was placed there; null while it waits. */
    placement: z.array(placementReasonSchema).nullable(),
    createdAt: z.iso.datetime(),
    leasedAt: z.iso.datetime().nullable(),
    startedAt: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    pod: z.object({ namespace: z.string(), name: z.string(), node: z.string().nullable() }).nullable(),
    exit: exitSchema.nullable(),
    logBytes: z.int(),
  })
  .meta({ id: "Attempt" });
export type Attempt = z.infer<typeof attemptSchema>;

export const shardSchema = z
  .object({
    id: z.string(),
    suite: z.string(),
    /** `list` asks the tool for its cases, `test` runs a share of them. */
    kind: z.enum(["list", "test"]),
    index: z.int(),
    count: z.int(),
    state: z.enum(shardStates),
    /** How many cases the plan gave this shard; null when the command decides. */
    caseCount: z.int().nullable(),
    counts: resultCountsSchema,
    attempts: z.array(attemptSchema),
    /** Why it is still waiting or why it ended, for people. */
    reason: z.string().nullable(),
  })
  .meta({ id: "Shard" });
export type Shard = z.infer<typeof shardSchema>;

export const runSuiteSchema = z
  .object({
    /** Unique within the run; with a place, `<suite>@<place>`. */
    name: z.string(),
    /** The suite that `clusters.each` made this copy of; null: it is not a copy. */
    origin: z.string().nullable(),
    /** The place of the copy. */
    place: suitePlaceSchema.nullable(),
    /** Its verdict does not count for the run's. */
    optional: z.boolean(),
    state: z.enum(suiteStates),
    shards: z.int(),
    caseCount: z.int().nullable(),
    counts: resultCountsSchema,
    reason: z.string().nullable(),
  })
  .meta({ id: "RunSuite" });

export const runSchema = z
  .object({
    id: z.string(),
    project: z.string(),
    state: z.enum(runStates),
    /** Why the run is errored or cancelled, or what waits; null when there is nothing to say. */
    reason: z.string().nullable(),
    suites: z.array(runSuiteSchema),
    counts: resultCountsSchema,
    change: changeSchema.nullable(),
    contentSha256: z.string().nullable(),
    rerunOf: z.string().nullable(),
    /** The pull request that it is for. */
    pullRequestId: z.string().nullable(),
    /** Images of its environment and the digests that they were pinned by. */
    images: z.record(z.string(), z.string()),
    /** Within its project: shards of higher ones are placed first. */
    priority: z.int(),
    environment: z
      .object({ id: z.string(), name: z.string(), owned: z.boolean(), state: z.enum(environmentStates) })
      .nullable(),
    createdBy: actorSchema,
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Run" });
export type Run = z.infer<typeof runSchema>;
