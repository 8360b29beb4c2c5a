import { z } from "zod";
import { policyAnswers } from "../clusters/cluster.ts";

/**
 * `POST /agent/v2/network-policy`: what an agent found when it tried a connection that a NetworkPolicy forbids, after
 * each try. `reason` says what was seen, for people.
 */
export const networkPolicyFindingSchema = z
  .object({ answer: z.enum(policyAnswers), reason: z.string().max(500) })
  .strict();
export type NetworkPolicyFinding = z.infer<typeof networkPolicyFindingSchema>;
