import { z } from "zod";

/** Where `each` put one copy of a suite: this value of this cluster label; the label `cluster` means the name. */
export const suitePlaceSchema = z.object({ label: z.string(), value: z.string() }).meta({ id: "SuitePlace" });
export type SuitePlace = z.infer<typeof suitePlaceSchema>;

/**
 * What speaks for a cluster, or against it. Of the cluster: `labels`, `taint`, `projects`, `not_ready` (silent or no
 * agent), `cordoned`, `draining`, `revoked`, `full` (no free slot), `room` (processor time, memory or pods are not free, or
 * no node is large enough, which no waiting mends), `reach` (the environment's endpoints), `spread`. Of the project:
 * `quota`, `fairness` (others hold fewer), `priority` (more urgent work is in front), `order` (older work is in front).
 * `chosen`: it was the first to ask with room.
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

/** One cluster's answer to a shard that waits; without `against`, the shard goes there when it asks next. */
export const clusterOpinionSchema = z
  .object({ cluster: z.string(), against: z.array(placementReasonSchema) })
  .meta({ id: "ClusterOpinion" });
export type ClusterOpinion = z.infer<typeof clusterOpinionSchema>;

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
    /** Only while it waits: what holds it, the nearest obstacle first, and each cluster's answer. */
    waiting: z
      .object({
        sinceSeconds: z.number(),
        /** How many shards of its project are in front of it in the queue. */
        ahead: z.int(),
        reasons: z.array(placementReasonSchema),
        clusters: z.array(clusterOpinionSchema),
      })
      .nullable(),
  })
  .meta({ id: "ShardPlacement" });
export type ShardPlacement = z.infer<typeof shardPlacementSchema>;
