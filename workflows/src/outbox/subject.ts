import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";

type WorkflowName =
  | "runWorkflow"
  | "environmentWorkflow"
  | "scheduleWorkflow"
  | "pullRequestWorkflow"
  | "repositoryWorkflow";

/** The workflow that an entry is for. Its id is the business id, so there is at most one for each of them. */
export type Subject = {
  workflowId: string;
  workflow: WorkflowName;
  /** The id of what it looks after. */
  id: string;
};

/** Null for an entry that names nothing. */
export function subjectOf(entry: OutboxEntry): Subject | null {
  const [room = "", workflow, id] = placeOf(entry);
  return id === null ? null : { workflowId: `${room}/${id}`, workflow, id };
}

function placeOf(entry: OutboxEntry): [room: string, workflow: WorkflowName, id: string | null] {
  switch (entry.kind) {
    case "schedule.changed":
    case "schedule.run_over":
      return ["schedule", "scheduleWorkflow", entry.scheduleId];
    case "environment.changed":
      return ["environment", "environmentWorkflow", entry.environmentId];
    case "pull_request.changed":
      return ["pull-request", "pullRequestWorkflow", entry.pullRequestId];
    case "repository.changed":
      return ["repository", "repositoryWorkflow", entry.repositoryId];
    default:
      return ["run", "runWorkflow", entry.runId];
  }
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
