import { z } from "zod";
import { spoolUseSchema } from "../clusters/cluster.ts";
import { suiteTools } from "../suites/suite-spec.ts";
import { leaseTimesSchema } from "./join.ts";
import { operationGrantSchema } from "./operation.ts";
import { ordersSchema } from "./orders.ts";

/** Agents claim `shard`, provisioners `environment`. */
export const workKinds = ["shard", "environment"] as const;
export type WorkKind = (typeof workKinds)[number];

/**
 * The most processor time and the most memory that any one node has for pods in all, whatever runs there. They may be of
 * two nodes, so what is within both may still find no node; what exceeds one of them finds none.
 */
export const nodeSizeSchema = z.object({ cpuMillis: z.int(), memoryBytes: z.int() });
export type NodeSize = z.infer<typeof nodeSizeSchema>;

/** How much a cluster can still take, by the agent's own view. */
export const allocatableSchema = z.object({
  cpuMillis: z.int(),
  memoryBytes: z.int(),
  pods: z.int(),
  /** Of the nodes that its pods may use now; null or missing: it does not say, or there is none. */
  largestNode: nodeSizeSchema.nullable().optional(),
});
export type ClusterRoom = z.infer<typeof allocatableSchema>;

/** What the hub makes of the agent's cluster, a word of `clusterStates` or of a newer hub; null: it does not say. */
export const clusterStateSchema = z.string().max(40).nullable();

/**
 * `POST /agent/v2/claim`: the one control request an agent always holds, full or not. Answers at once when a lease
 * fits or there is an order for something it runs; otherwise after `waitSeconds` (at most 25) with nothing.
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
    /** What waits on this agent's disk for the hub; null: it has no disk queue. */
    spool: spoolUseSchema.nullable().default(null),
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
  /** At most one for each lease named in `running`. */
  orders: ordersSchema,
  clusterState: clusterStateSchema,
  times: leaseTimesSchema,
});
export type ClaimAnswer = z.infer<typeof claimAnswerSchema>;
