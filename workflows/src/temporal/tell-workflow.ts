import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Client } from "@temporalio/client";
import type { Pace } from "../looking/pace.ts";
import type { Subject } from "../outbox/subject.ts";

const deadlineMilliseconds = 10_000;

/**
 * Lets the subject's workflow look again, or starts it. Resolves once Temporal has written it down; throws `unavailable` when it
 * did not within 10 s. It carries no facts, so it may be repeated.
 */
export async function tellWorkflow(
  client: Client,
  subject: Subject,
  options: { taskQueue: string; pace: Pace },
): Promise<void> {
  try {
    await client.withDeadline(Date.now() + deadlineMilliseconds, () =>
      client.workflow.signalWithStart(subject.workflow, {
        workflowId: subject.workflowId,
        taskQueue: options.taskQueue,
        signal: "look",
        args: [subject.id, options.pace],
        // After a worker's death in the middle of a step.
        workflowTaskTimeout: "10 seconds",
      }),
    );
  } catch (error) {
    throw new SeatrialError(
      "unavailable",
      `Temporal did not take ${subject.workflowId}`,
      {},
      { cause: error },
    );
  }
}
