import { z } from "zod";
import { clusterLabelKeySchema, labelsSchema, nameSchema } from "../suites/suite-spec.ts";

/**
 * `silent`: no request for longer than a lease lasts. `pending`: a join token exists, nothing has joined. `cordoned`:
 * nothing new is placed there. `draining`: cordoned, and emptied by a deadline.
 */
export const clusterStates = ["pending", "ready", "silent", "cordoned", "draining", "revoked"] as const;
export type ClusterState = (typeof clusterStates)[number];

/** Keeps work away that does not tolerate it. The one effect is that nothing new is placed (`NoSchedule`). */
export const clusterTaintSchema = z
  .object({ key: clusterLabelKeySchema, value: z.string().max(63).nullable().default(null) })
  .strict()
  .meta({ id: "ClusterTaint" });
export type ClusterTaint = z.infer<typeof clusterTaintSchema>;

/** What an agent's disk queue holds because the hub did not take it yet. `dropped`: log chunks lost to its cap. */
export const spoolUseSchema = z
  .object({ bytes: z.int().min(0), capBytes: z.int().min(0), dropped: z.int().min(0) })
  .meta({ id: "SpoolUse" });
export type SpoolUse = z.infer<typeof spoolUseSchema>;
export const memberRoles = ["agent", "provisioner"] as const;
export type MemberRole = (typeof memberRoles)[number];

/** `unknown`: not tried yet, or the try could not be made. */
export const policyAnswers = ["yes", "no", "unknown"] as const;

export const networkPolicyEnforcementSchema = z.object({
  answer: z.enum(policyAnswers),
  reason: z.string(),
  checkedAt: z.iso.datetime(),
});
export type NetworkPolicyEnforcement = z.infer<typeof networkPolicyEnforcementSchema>;

export const createJoinTokenSchema = z
  .object({
    cluster: nameSchema,
    role: z.enum(memberRoles).default("agent"),
    labels: labelsSchema.default({}),
    /** Taints of a cluster that is new by this token; a known one keeps its own. */
    taints: z.array(clusterTaintSchema).max(20).default([]),
    /** Projects whose work this cluster may run; null: all. */
    projects: z.array(nameSchema).min(1).nullable().default(null),
    expiresInSeconds: z.int().min(1).max(604_800).default(3_600),
  })
  .strict()
  .meta({ id: "CreateJoinToken" });

/** `PATCH /v1/clusters/{cluster}`: what is named is replaced, the rest stays. */
export const changeClusterSchema = z
  .object({
    labels: labelsSchema.optional(),
    taints: z.array(clusterTaintSchema).max(20).optional(),
    /** Null: all projects. */
    projects: z.array(nameSchema).min(1).nullable().optional(),
  })
  .strict()
  .meta({ id: "ChangeCluster" });
export type ChangeCluster = z.infer<typeof changeClusterSchema>;

export const createdJoinTokenSchema = z
  .object({
    id: z.string(),
    cluster: z.string(),
    role: z.enum(memberRoles),
    secret: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "CreatedJoinToken" });

const reasonSchema = z.string().max(500).nullable().default(null);

/** `POST /v1/clusters/{cluster}/cordon`. */
export const cordonClusterSchema = z.object({ reason: reasonSchema }).strict().meta({ id: "CordonCluster" });

/** `POST /v1/clusters/{cluster}/drain`. */
export const drainClusterSchema = z
  .object({
    /** Until then shards may end by themselves; what still runs after it goes to other clusters. */
    withinSeconds: z.int().min(0).max(604_800).default(600),
    reason: reasonSchema,
    /** Also wishes the environments there gone that no run takes with it. */
    deleteEnvironments: z.boolean().default(false),
  })
  .strict()
  .meta({ id: "DrainCluster" });

/** What keeps a draining cluster from being empty. */
export const drainLeftSchema = z
  .object({
    shards: z.int(),
    /** Environments that are not deleted yet, of any project. */
    environmentCount: z.int(),
    /** At most 100 of them, of projects that the caller may see. `ownedByRun`: it goes with its run. */
    environments: z.array(
      z.object({
        id: z.string(),
        project: z.string(),
        name: z.string(),
        state: z.string(),
        ownedByRun: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "DrainLeft" });
export type DrainLeft = z.infer<typeof drainLeftSchema>;

export const clusterSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(clusterStates),
    labels: labelsSchema,
    taints: z.array(clusterTaintSchema),
    projects: z.array(z.string()).nullable(),
    kubernetesVersion: z.string().nullable(),
    agentVersion: z.string().nullable(),
    slots: z.int().nullable(),
    running: z.int(),
    lastSeenAt: z.iso.datetime().nullable(),
    /** Since when and why nothing new is placed there; null: it is in service. A draining cluster is cordoned too. */
    cordon: z.object({ since: z.iso.datetime(), reason: z.string().nullable() }).nullable(),
    drain: z.object({ since: z.iso.datetime(), until: z.iso.datetime(), left: drainLeftSchema }).nullable(),
    /** Version of the agent protocol that its agent spoke last; null: none has joined. */
    protocol: z.int().nullable(),
    /** What waits on its agent's disk for the hub; null: it has not said, or keeps nothing. */
    spool: spoolUseSchema.nullable(),
    /** Set while its leases are kept although it is silent: most clusters fell silent together at that time. */
    leasesKeptSince: z.iso.datetime().nullable(),
    /** Whether its agent saw a NetworkPolicy stop a connection; null: not tried yet. */
    enforcesNetworkPolicy: networkPolicyEnforcementSchema.nullable(),
    /** What makes environments there; null: none has joined. `slots`: operations at a time. */
    provisioner: z
      .object({
        version: z.string(),
        slots: z.int().nullable(),
        lastSeenAt: z.iso.datetime().nullable(),
        isSilent: z.boolean(),
      })
      .nullable(),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Cluster" });
export type Cluster = z.infer<typeof clusterSchema>;
