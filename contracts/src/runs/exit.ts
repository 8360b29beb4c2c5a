import { z } from "zod";

/**
 * Why an attempt ended, told apart by the agent from what the cluster shows.
 * `completed`: the command ran to its own end (exit code 0 or not). All others say why Seatrial could not tell.
 */
export const exitReasons = [
  "completed",
  "out_of_memory",
  "evicted",
  "image_missing",
  "bad_command",
  "deadline",
  "node_lost",
  "pod_rejected",
  "pod_deleted",
  "content_unsafe",
  "content_unavailable",
  "collect_failed",
  "agent_error",
  /** The environment that it tests broke or was removed. Said by the hub, not by an agent. */
  "environment_lost",
  /** No cluster of the place that `each` fixed it to has taken it: they are silent, away or revoked. Said by the hub. */
  "cluster_absent",
  /** No cluster could ever take it: labels, taints, projects, reach. Said by the hub. */
  "unplaceable",
  /** The only cluster that could run it is drained. Said by the hub. */
  "cluster_drained",
  "cancelled",
] as const;
export type ExitReason = (typeof exitReasons)[number];

/** Reasons that another attempt may mend without anybody changing anything: they use `infrastructureRetries`. */
export const infrastructureReasons: ReadonlySet<ExitReason> = new Set<ExitReason>([
  "evicted",
  "node_lost",
  "pod_rejected",
  "pod_deleted",
  "content_unavailable",
  "collect_failed",
  "agent_error",
]);

export const exitSchema = z
  .object({
    reason: z.enum(exitReasons),
    exitCode: z.int().min(-1).max(255).nullable(),
    signal: z.int().min(1).max(64).nullable().default(null),
    /** What happened, for people: what, where, how to fix. */
    message: z.string().max(2_000).default(""),
    /** What the cluster showed: Kubernetes events, container states, node. Untrusted text. */
    evidence: z.array(z.string().max(1_000)).max(20).default([]),
  })
  .meta({ id: "Exit" });
export type Exit = z.infer<typeof exitSchema>;
