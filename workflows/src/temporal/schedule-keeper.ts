import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { ScheduleTimetable } from "@seatrial/contracts/worker-protocol/schedules.ts";
import {
  type Client,
  isGrpcServiceError,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from "@temporalio/client";
import type { Pace } from "../looking/pace.ts";

const deadlineMilliseconds = 10_000;
/** gRPC's INVALID_ARGUMENT: Temporal will never take it. */
const invalidArgument = 3;

/** Temporal's own schedules, one for each of the hub's under the id `schedule/<schedule>`. */
export type ScheduleKeeper = {
  /**
   * Brings Temporal's schedule to this timetable, or removes it; nothing is changed where it is so already. Answers
   * with what Temporal has against it, or null. Throws `unavailable`.
   */
  keep: (timetable: ScheduleTimetable) => Promise<string | null>;
};

export function createScheduleKeeper(
  client: Client,
  options: { taskQueue: string; pace: Pace },
): ScheduleKeeper {
  async function bring(timetable: ScheduleTimetable): Promise<void> {
    const handle = client.schedule.getHandle(`schedule/${timetable.id}`);
    const known = await describe(handle);
    if (timetable.deleted) {
      if (known !== null) await handle.delete();
      return;
    }
    const wanted = scheduleOptions(timetable, options);
    const { paused, note } = wanted.state;
    if (known === null) await client.schedule.create({ ...wanted, scheduleId: handle.scheduleId });
    else if (known.note !== note || known.paused !== paused) await handle.update(() => wanted);
  }

  return {
    async keep(timetable) {
      try {
        await client.withDeadline(Date.now() + deadlineMilliseconds, () => bring(timetable));
        return null;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal !== null) return refusal;
        const message = `Temporal did not take schedule/${timetable.id}`;
        throw new SeatrialError("unavailable", message, {}, { cause: error });
      }
    },
  };
}

async function describe(
  handle: ScheduleHandle,
): Promise<{ note: string | undefined; paused: boolean } | null> {
  try {
    const { state } = await handle.describe();
    return { note: state.note, paused: state.paused };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** No name and no text of the project: Temporal gets the times and the id. The hub decides what overlaps. */
function scheduleOptions(
  { id, generation, paused, cron, timezone, catchUpSeconds }: ScheduleTimetable,
  { taskQueue, pace }: { taskQueue: string; pace: Pace },
) {
  return {
    spec: { cronExpressions: [cron], timezone },
    action: {
      type: "startWorkflow",
      workflowType: "firingWorkflow",
      workflowId: `firing/${id}`,
      args: [id, pace],
      taskQueue,
      workflowTaskTimeout: "10 seconds",
    },
    policies: {
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      catchupWindow: catchUpSeconds * 1_000,
      pauseOnFailure: false,
    },
    // Says which generation it has, so that an unchanged one is left alone.
    state: { paused, note: `generation ${generation}` },
  } satisfies ScheduleUpdateOptions;
}

function refusalOf(error: unknown): string | null {
  const cause = error instanceof Error ? error.cause : undefined;
  for (const each of [error, cause])
    if (isGrpcServiceError(each) && each.code === invalidArgument)
      return (each.details || each.message).slice(0, 2_000);
  return null;
}
