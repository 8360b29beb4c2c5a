import type { EngineStep, Stage } from "./engine-request.ts";

/**
 * Times an operation's steps: `engine start` until its program runs, then per stage `plan`, `apply` (until the API
 * server has the last changed object) and `ready`, at last `engine end`.
 */
export function createStepClock(
  onStep: (step: EngineStep) => void,
  now: () => number = () => performance.now(),
) {
  const steps: EngineStep[] = [];
  let mark = now();
  let appliedAt: number | null = null;
  const tell = (name: string, until: number) => {
    const step = { name, milliseconds: Math.round(until - mark) };
    mark = until;
    steps.push(step);
    onStep(step);
  };
  return {
    steps,
    started: () => tell("engine start", now()),
    planned(stage: Stage) {
      tell(`plan ${stage.name}`, now());
      appliedAt = null;
    },
    applied() {
      appliedAt = now();
    },
    ready(stage: Stage) {
      const end = now();
      tell(`apply ${stage.name}`, appliedAt ?? end);
      if (appliedAt !== null) tell(`ready ${stage.name}`, end);
    },
    ended: () => tell("engine end", now()),
  };
}
