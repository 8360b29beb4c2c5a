import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { PodApi } from "../pods/pod-api.ts";
import type { Reporter } from "../reports/open-reporter.ts";
import { createLogSender } from "./create-log-sender.ts";
import { createLogFollower, type LogFollower } from "./follow-log.ts";
import { parseLogMark } from "./log-mark.ts";

export type ContainerLogDeps = { pods: PodApi; clock: Clock; logger: Logger };
export type ContainerLog = {
  podName: string;
  reporter: Pick<Reporter, "log" | "logPosition">;
  /** Part of it may have been told by a process before. */
  isAdopted: boolean;
  /** A container that ends sooner is read once, at its end, and nothing is followed for it. */
  followAfterMs: number;
};

/** Brings an attempt's console output to its reporter; that of an adopted one goes on where it was left. */
export function followContainerLog(
  deps: ContainerLogDeps,
  { podName, reporter, isAdopted, followAfterMs }: ContainerLog,
  signal: AbortSignal,
): LogFollower {
  let opened: Promise<LogFollower> | null = null;

  async function open(): Promise<LogFollower> {
    const from = isAdopted ? await reporter.logPosition(signal) : { stamp: null };
    const sender = createLogSender(
      { report: reporter.log, clock: deps.clock, signal },
      parseLogMark(from.stamp),
    );
    return createLogFollower({ ...deps, log: deps.pods.log, podName, sender, signal, followAfterMs });
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
