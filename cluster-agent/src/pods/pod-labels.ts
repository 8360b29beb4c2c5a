import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";

export const leaseLabel = "seatrial.dev/lease";
export const attemptLabel = "seatrial.dev/attempt";
export const installationLabel = "seatrial.dev/installation";
/** On a shard that may enter an environment: its id. The environment itself is marked otherwise, for what sweeps it. */
export const reachesLabel = "seatrial.dev/reaches";
export const workAnnotation = "seatrial.dev/work";

/** The pod of an attempt always has this name, so a repeated create finds the first one. */
export function podNameOf(attemptId: string): string {
  return `st-${attemptId}`;
}

/** Any text as a label's value: at most 63 of the allowed characters, letters or digits at both ends. */
export function labelValue(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]/g, "-")
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
}

/** What says whose pod this is: for adoption after a restart, and for people with kubectl. */
export function podLabels(grant: LeaseGrant, installation: string): Record<string, string> {
  const { work } = grant;
  return {
    "app.kubernetes.io/managed-by": "seatrial",
    "app.kubernetes.io/component": "attempt",
    [installationLabel]: labelValue(installation),
    [leaseLabel]: labelValue(grant.leaseId),
    [attemptLabel]: labelValue(work.attemptId),
    "seatrial.dev/run": labelValue(work.runId),
    "seatrial.dev/shard": labelValue(work.shardId),
    "seatrial.dev/project": labelValue(work.project),
    "seatrial.dev/suite": labelValue(work.suite),
    ...(work.environment === null ? {} : { [reachesLabel]: labelValue(work.environment.id) }),
  };
}

/** The facts of the work that do not fit a label. Nothing secret. */
export function podAnnotations(grant: LeaseGrant): Record<string, string> {
  const { project, runId, suite, mode, shardIndex, shardCount, attemptNumber } = grant.work;
  const facts = { project, runId, suite, mode, shardIndex, shardCount, attemptNumber };
  return { [workAnnotation]: JSON.stringify(facts) };
}
