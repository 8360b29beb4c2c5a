import { z } from "zod";
import { suiteTools } from "../suites/suite-spec.ts";
import { leaseTimesSchema } from "./join.ts";
import { operationGrantSchema } from "./operation.ts";

/** Agents claim `shard`, provisioners `environment`. */
export const workKinds = ["shard", "environment"] as const;
export type WorkKind = (typeof workKinds)[number];

/** How much a cluster can still take, by the agent's own view. */
export const allocatableSchema = z.object({ cpuMillis: z.int(), memoryBytes: z.int(), pods: z.int() });

/**
 * `POST /agent/v1/claim`: the one control request an agent always holds, full or not. Answers at once when a lease
 * fits, something it runs is cancelled or disowned; otherwise after `waitSeconds` (at most 25) with nothing.
 */
export const claimRequestSchema = z
  .object({
    /** Names this process's life; new after a restart. */
    instance: z.string().min(8).max(64),
    kinds: z.array(z.enum(workKinds)).min(1),
    slotsFree: z.int().min(0).max(500),
    slots: z.int().min(0).max(5_000),
    /** Leases this instance knows (acknowledged or just received). A live lease of this instance that is missing here and was not acknowledged is handed out again. */
    running: z.array(z.string().max(40)).max(5_000),
    allocatable: allocatableSchema.nullable().default(null),
    waitSeconds: z.number().min(0).max(25).default(25),
  })
  .strict();
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

/** What an agent needs to make a shard attempt's pod. Text is the project's and untrusted. */
export const shardWorkSchema = z.object({
  project: z.string(),
  runId: z.string(),
  suite: z.string(),
  shardId: z.string(),
  attemptId: z.string(),
  attemptNumber: z.int(),
  mode: z.enum(["list", "test"]),
  shardIndex: z.int(),
  shardCount: z.int(),
  tool: z.enum(suiteTools).nullable(),
  image: z.string(),
  /** Argument vector; null: the preset (helper) is the command. */
  command: z.array(z.string()).nullable(),
  arguments: z.array(z.string()),
  path: z.string(),
  env: z.record(z.string(), z.string()),
  cpuMillis: z.int(),
  memoryBytes: z.int(),
  timeoutSeconds: z.int(),
  /** True when the helper fetches files by `GET /lease/v1/<lease>/content`. */
  content: z.boolean(),
  /** True when `GET /lease/v1/<lease>/cases` holds this shard's cases. */
  cases: z.boolean(),
  reports: z.object({ junit: z.array(z.string()) }),
  artifacts: z.array(z.string()),
  /** The environment it may talk to; its variables are in `env` already. */
  environment: z.object({ id: z.string(), namespace: z.string() }).nullable().default(null),
});
export type ShardWork = z.infer<typeof shardWorkSchema>;

export const leaseGrantSchema = z.object({
  leaseId: z.string(),
  kind: z.literal("shard"),
  expiresAt: z.iso.datetime(),
  acknowledgeBy: z.iso.datetime(),
  /** Opens only this lease's content, cases and uploads, and only while the lease lives (plus the collection grace). */
  leaseToken: z.string(),
  work: shardWorkSchema,
});
export type LeaseGrant = z.infer<typeof leaseGrantSchema>;

/** A lease of either kind, told apart by `kind`. */
export const anyGrantSchema = z.discriminatedUnion("kind", [leaseGrantSchema, operationGrantSchema]);
export type AnyGrant = z.infer<typeof anyGrantSchema>;

export const claimAnswerSchema = z.object({
  leases: z.array(anyGrantSchema),
  /** Leases whose work must stop: the run was cancelled. Finish them with reason `cancelled`. */
  cancelled: z.array(z.string()),
  /** Leases named in `running` that are not (or no longer) this agent's: kill the work, report nothing. */
  disowned: z.array(z.string()),
  times: leaseTimesSchema,
});
export type ClaimAnswer = z.infer<typeof claimAnswerSchema>;
