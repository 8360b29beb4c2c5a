import type { PodSpec } from "@seatrial/kube-link/kube-types.ts";
import { z } from "zod";

/** Kubernetes' own shape, as in a pod: what is not named here is refused, so that a typo does not open every node. */
export const tolerationsSchema = z
  .array(
    z
      .object({
        key: z.string().min(1).max(317).optional(),
        operator: z.enum(["Exists", "Equal"]).optional(),
        value: z.string().max(63).optional(),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
        tolerationSeconds: z.number().int().min(0).optional(),
      })
      .strict(),
  )
  .max(50);

export const nodeSelectorSchema = z.record(z.string().min(1).max(317), z.string().max(63));

/** On which of the cluster's nodes tests may run: its owner's choice, never the suite's. */
export type NodeChoice = {
  nodeSelector: z.infer<typeof nodeSelectorSchema>;
  tolerations: z.infer<typeof tolerationsSchema>;
};

/** The choice as fields of a pod's spec; none where nothing was chosen, so that the cluster's defaults hold. */
export function nodeFields({
  nodeSelector,
  tolerations,
}: NodeChoice): Pick<PodSpec, "nodeSelector" | "tolerations"> {
  return {
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    ...(tolerations.length > 0 ? { tolerations } : {}),
  };
}
