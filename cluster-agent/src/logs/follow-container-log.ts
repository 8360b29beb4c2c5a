import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { HubLink } from "@seatrial/hub-link/link/create-hub-link.ts";
import type { Attempt } from "../attempts/attempt.ts";
import type { PodApi } from "../pods/pod-api.ts";
import { createLogSender } from "./create-log-sender.ts";
import { createLogFollower, type LogFollower } from "./follow-log.ts";
import { parseLogMark } from "./log-mark.ts";

export type ContainerLogDeps = {
  link: Pick<HubLink, "sendLog" | "logPosition">;
  pods: PodApi;
  clock: Clock;
  logger: Logger;
  instance: string;
};

/** Brings an attempt's console output to the hub; an adopted attempt goes on where the hub's copy ends. */
export function followContainerLog(
  deps: ContainerLogDeps,
  attempt: Attempt,
  podName: string,
  signal: AbortSignal,
): LogFollower {
  let opened: Promise<LogFollower> | null = null;

  async function open(): Promise<LogFollower> {
    const from = attempt.adopted
      ? await positionAtHub(deps, attempt.leaseId, signal)
      : { offset: 0, mark: null };
    const sender = createLogSender(
      {
        send: (request) =>
          deps.link.sendLog(attempt.leaseId, { instance: deps.instance, ...request }, signal),
        clock: deps.clock,
        logger: deps.logger,
        signal,
      },
      from,
    );
    return createLogFollower({
      log: deps.pods.log,
      podName,
      sender,
      clock: deps.clock,
      logger: deps.logger,
      signal,
    });
  }

  return {
    start() {
      opened ??= open();
      void opened.then((follower) => follower.start());
    },
    async finish() {
      opened ??= open();
      await (await opened).finish();
    },
  };
}

async function positionAtHub(deps: ContainerLogDeps, leaseId: string, signal: AbortSignal) {
  try {
    const position = await deps.link.logPosition(leaseId, signal);
    return { offset: position.nextOffset, mark: parseLogMark(position.stamp) };
  } catch (error) {
    deps.logger.warn({ leaseId, error: String(error) }, "the hub did not say how much of the log it has");
    return { offset: 0, mark: null };
  }
}
