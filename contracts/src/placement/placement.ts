import { z } from "zod";
import { environmentStates } from "../environments/lifecycle.ts";
import { pageSchema } from "../http/page.ts";

/** Where `each` put one copy of a suite: this value of this cluster label; the label `cluster` means the name. */
export const suitePlaceSchema = z.object({ label: z.string(), value: z.string() }).meta({ id: "SuitePlace" });
export type SuitePlace = z.infer<typeof suitePlaceSchema>;

/**
 * What speaks for a cluster, or against it. Of the cluster: `labels`, `taint`, `projects`, `not_ready` (silent or no
 * agent), `cordoned`, `draining`, `revoked`, `full` (no free slot), `room` (processor time, memory or pods are not free, or
 * no node is large enough, which no waiting mends), `reach` (the environment's endpoints), `binding` (a copy of a suite
 * belongs to one cluster, an environment stays in its own), `spread`. Of the project: `quota`, `fairness` (others hold
 * fewer), `priority` (more urgent work is in front), `order` (older work is in front). `chosen`: it was the first to ask
 * with room.
 *
 * Of environments alone: `no_provisioner` (none has joined), `provisioner_silent`, `key` (the hub cannot open its state
 * key), `not_begun` (its workflow has not asked for it yet).
 */
export const placementCodes = [
  "labels",
  "taint",
  "projects",
  "not_ready",
  "cordoned",
  "draining",
  "revoked",
  "full",
  "room",
  "reach",
  "spread",
  "quota",
  "fairness",
  "priority",
  "order",
  "chosen",
  "binding",
  "no_provisioner",
  "provisioner_silent",
  "key",
  "not_begun",
] as const;
export type PlacementCode = (typeof placementCodes)[number];

export const placementReasonSchema = z
  .object({
    code: z.enum(placementCodes),
    /** For people, with the numbers: "4 of 4 slots run". */
    message: z.string(),
  })
  .meta({ id: "PlacementReason" });
export type PlacementReason = z.infer<typeof placementReasonSchema>;

/** One cluster's answer to what waits; without `against`, that goes there when the cluster asks next. */
export const clusterOpinionSchema = z
  .object({ cluster: z.string(), against: z.array(placementReasonSchema) })
  .meta({ id: "ClusterOpinion" });
export type ClusterOpinion = z.infer<typeof clusterOpinionSchema>;

/** What holds it, the nearest obstacle first, and each cluster's answer. */
const waitingSchema = z.object({
  sinceSeconds: z.number(),
  /** How many of its kind and project are in front of it in the queue. */
  ahead: z.int(),
  reasons: z.array(placementReasonSchema),
  clusters: z.array(clusterOpinionSchema),
});
export type Waiting = z.infer<typeof waitingSchema>;

/** `GET …/runs/{run}/placement`: for each shard why it is where it is, or why it still waits. */
export const shardPlacementSchema = z
  .object({
    shardId: z.string(),
    suite: z.string(),
    kind: z.enum(["list", "test"]),
    index: z.int(),
    state: z.string(),
    /** The cluster of its newest attempt; null while it waits. */
    cluster: z.string().nullable(),
    /** Why there. Empty while it waits. */
    reasons: z.array(placementReasonSchema),
    /** Only while it waits. */
    waiting: waitingSchema.nullable(),
  })
  .meta({ id: "ShardPlacement" });
export type ShardPlacement = z.infer<typeof shardPlacementSchema>;

/** The environment that a run waits for, before which it has no shards. */
export const environmentPlacementSchema = z
  .object({
    environmentId: z.string(),
    name: z.string(),
    state: z.enum(environmentStates),
    /** What the environment itself says of its state. */
    reason: z.string().nullable(),
    /** Where it is; null until a cluster takes it. */
    cluster: z.string().nullable(),
    /** Only while no provisioner has taken what is to be done to it; null: one works on it, or it is tried again later. */
    waiting: waitingSchema.nullable(),
  })
  .meta({ id: "EnvironmentPlacement" });
export type EnvironmentPlacement = z.infer<typeof environmentPlacementSchema>;

/**
 * A page of shards. `environment`: what a run that has none yet waits for; null when it waits for no environment, left out
 * by hubs of before.
 */
export const placementPageSchema = pageSchema(shardPlacementSchema).extend({
  environment: environmentPlacementSchema.nullable().optional(),
});
export type PlacementPage = z.infer<typeof placementPageSchema>;
