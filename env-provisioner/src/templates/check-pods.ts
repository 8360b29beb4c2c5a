import type { PlannedObject } from "../planned-object.ts";

/** What a pod may say of its place and rank among those of others; its privileges are the pod security level's matter. */
export function checkPods({ object }: PlannedObject): string[] {
  const spec = podSpecOf(object);
  const found: string[] = [];
  const priority = spec?.priorityClassName;
  if (typeof priority === "string" && priority.startsWith("system-"))
    found.push(
      `has the priority ${safe(priority)}: it would drive pods of others out; remove priorityClassName`,
    );
  if (typeof spec?.nodeName === "string" && spec.nodeName !== "")
    found.push("names its node: that passes the scheduler and its taints by; write nodeSelector instead");
  return found;
}

type PodSpec = Record<string, unknown>;
const workloads = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"];

function podSpecOf(object: PlannedObject["object"]): PodSpec | undefined {
  const { kind } = object;
  if (kind === "Pod") return fieldOf(object, "spec");
  if (kind === "PodTemplate") return fieldOf(fieldOf(object, "template"), "spec");
  const spec = fieldOf(object, "spec");
  const owner = kind === "CronJob" ? fieldOf(fieldOf(spec, "jobTemplate"), "spec") : spec;
  if (kind !== "CronJob" && !workloads.includes(kind)) return undefined;
  return fieldOf(fieldOf(owner, "template"), "spec");
}

function fieldOf(value: PodSpec | undefined, field: string): PodSpec | undefined {
  const inner = value?.[field];
  return typeof inner === "object" && inner !== null ? (inner as PodSpec) : undefined;
}

function safe(text: string): string {
  return text.replace(/[^\w.-]/g, "?").slice(0, 100);
}
