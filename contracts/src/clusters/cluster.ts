import { z } from "zod";
import { labelsSchema, nameSchema } from "../suites/suite-spec.ts";

/** `silent`: no request for longer than a lease lasts. `pending`: a join token exists, nothing has joined. */
export const clusterStates = ["pending", "ready", "silent", "revoked"] as const;
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
    /** Projects whose work this cluster may run; null: all. */
    projects: z.array(nameSchema).min(1).nullable().default(null),
    expiresInSeconds: z.int().min(1).max(604_800).default(3_600),
  })
  .strict()
  .meta({ id: "CreateJoinToken" });

export const createdJoinTokenSchema = z
  .object({
    id: z.string(),
    cluster: z.string(),
    role: z.enum(memberRoles),
    secret: z.string(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "CreatedJoinToken" });

export const clusterSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(clusterStates),
    labels: labelsSchema,
    projects: z.array(z.string()).nullable(),
    kubernetesVersion: z.string().nullable(),
    agentVersion: z.string().nullable(),
    slots: z.int().nullable(),
    running: z.int(),
    lastSeenAt: z.iso.datetime().nullable(),
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
