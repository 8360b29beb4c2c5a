import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";

/** The workflow that an entry is for. Its id is the business id, so there is at most one for each of them. */
export type Subject = {
  workflowId: string;
  workflow: "runWorkflow" | "environmentWorkflow" | "scheduleWorkflow";
  /** The run's, environment's or schedule's id. */
  id: string;
};

/** Null for an entry that names nothing. */
export function subjectOf({ kind, runId, environmentId, scheduleId }: OutboxEntry): Subject | null {
  if (kind === "schedule.changed" || kind === "schedule.run_over") {
    if (scheduleId === null) return null;
    return { workflowId: `schedule/${scheduleId}`, workflow: "scheduleWorkflow", id: scheduleId };
  }
  if (kind === "environment.changed") {
    if (environmentId === null) return null;
    return {
      workflowId: `environment/${environmentId}`,
      workflow: "environmentWorkflow",
      id: environmentId,
    };
  }
  return runId === null ? null : { workflowId: `run/${runId}`, workflow: "runWorkflow", id: runId };
}

/** Entries by the workflow that they are for, in the hub's order. What is for nobody comes last, with null. */
export function groupBySubject(
  entries: readonly OutboxEntry[],
): { subject: Subject | null; ids: string[] }[] {
  const groups = new Map<string, { subject: Subject | null; ids: string[] }>();
  for (const entry of entries) {
    const subject = subjectOf(entry);
    const group = groups.get(subject?.workflowId ?? "") ?? { subject, ids: [] };
    group.ids.push(entry.id);
    groups.set(subject?.workflowId ?? "", group);
  }
  return [...groups.values()];
}
