import type { KubernetesObject } from "../planned-object.ts";

export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastUpdateTime?: string;
};

/** An object as the cluster has it. Readiness reads only what is here. */
export type LiveObject = KubernetesObject & {
  metadata: KubernetesObject["metadata"] & {
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    deletionTimestamp?: string;
  };
  spec?: Record<string, unknown>;
  status?: { observedGeneration?: number; conditions?: Condition[]; [key: string]: unknown };
};

/** The condition of a type, if it is there. */
export function conditionOf(object: LiveObject | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find?.((condition) => condition.type === type);
}

/** A number of the spec or the status; the default when it is not there. */
export function numberOf(part: Record<string, unknown> | undefined, key: string, byDefault: number): number {
  const value = part?.[key];
  return typeof value === "number" ? value : byDefault;
}
