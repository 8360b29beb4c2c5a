import type { OperationFinishInput } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { FromRunner, RunnerStart } from "../operations/runner-messages.ts";
import type { RunnerContext } from "./runner-context.ts";

type Given = Pick<RunnerContext, "kube" | "clock" | "folder" | "signal" | "stopReason"> & {
  tell: (message: FromRunner) => void;
};

/** The context of one operation, whose steps and blockers are told to the parent as they come. */
export function createContext(start: RunnerStart, { tell, ...given }: Given): RunnerContext {
  const steps: OperationFinishInput["steps"] = [];
  let mark = given.clock.elapsed();
  return {
    ...given,
    start,
    work: start.work,
    settings: start.settings,
    step(name, message = "", milliseconds = given.clock.elapsed() - mark) {
      mark = given.clock.elapsed();
      steps.push({ name: name.slice(0, 60), milliseconds: Math.round(milliseconds) });
      tell({ type: "step", name, message });
    },
    steps: () => steps,
    blockers: (blockers) => tell({ type: "blockers", blockers: [...blockers] }),
    spawned: (pid) => tell({ type: "spawned", pid }),
  };
}
