import { z } from "zod";
import { memberRoles } from "../clusters/cluster.ts";
import { labelsSchema, nameSchema } from "../suites/suite-spec.ts";

export const publicJwkSchema = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string().max(60),
  y: z.string().max(60),
});

/** Times the hub sets for its agents, in seconds. */
export const leaseTimesSchema = z.object({
  leaseSeconds: z.number().min(1),
  heartbeatSeconds: z.number().min(0.1),
  acknowledgeSeconds: z.number().min(0.5),
});
export type LeaseTimes = z.infer<typeof leaseTimesSchema>;

/**
 * `POST /agent/v2/join`, with a proof made by the key that is announced (its header carries `jwk`). Idempotent for
 * the same token and key; a used token with another key is `join_token_used`.
 */
export const joinRequestSchema = z
  .object({
    token: z.string().min(1).max(200),
    role: z.enum(memberRoles),
    cluster: nameSchema,
    publicJwk: publicJwkSchema,
    labels: labelsSchema.default({}),
    version: z.string().max(100),
    kubernetesVersion: z.string().max(100).nullable().default(null),
  })
  .strict();
export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinAnswerSchema = z.object({
  clusterId: z.string(),
  memberId: z.string(),
  thumbprint: z.string(),
  times: leaseTimesSchema,
});
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;
