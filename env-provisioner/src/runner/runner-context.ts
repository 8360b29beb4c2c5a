import type { OperationFinishInput, OperationWork } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Blocker } from "@seatrial/contracts/environments/proof.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { RunnerResult, RunnerSettings, RunnerStart, StopReason } from "../operations/runner-messages.ts";

/** What the operation of this process works with. */
export type RunnerContext = {
  start: RunnerStart;
  work: OperationWork;
  settings: RunnerSettings;
  kube: KubeClient;
  clock: Clock;
  /** This operation's own folder. */
  folder: string;
  /** Aborts when the operation has to come to its end: it was stopped, or another process may write now. */
  signal: AbortSignal;
  stopReason: () => StopReason | null;
  /** Tells of a step that has just ended; without a time, what passed since the step before. */
  step: (name: string, message?: string, milliseconds?: number) => void;
  steps: () => OperationFinishInput["steps"];
  blockers: (blockers: readonly Blocker[]) => void;
  spawned: (pid: number) => void;
};

type Finish = RunnerResult["finish"];

/** As the hub takes them, in characters; names of a template's files and objects may be longer. */
const most = { file: 500, leftOut: 400 };

/** The end of an operation: what is not said is as when nothing was touched. */
export function resultOf(
  context: Pick<RunnerContext, "steps">,
  parts: Partial<Finish> & { failure: Finish["failure"] },
  state: RunnerResult["state"] = null,
): RunnerResult {
  const { failure, leftOut = [] } = parts;
  const finish = {
    ...{ objects: null, endpoints: null, ...parts },
    failure: failure && { ...failure, file: failure.file?.slice(0, most.file) ?? null },
    leftOut: leftOut.map((one) => one.slice(0, most.leftOut)),
    steps: context.steps().slice(0, 100),
  };
  return { finish, state };
}
