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
  let stage: Stage | null = null;
  let appliedAt: number | null = null;
  const tell = (name: string, until: number) => {
    const step = { name, milliseconds: Math.round(until - mark) };
    mark = until;
    steps.push(step);
    onStep(step);
  };
  const close = (end: number) => {
    if (stage === null) return;
    tell(`apply ${stage.name}`, appliedAt ?? end);
    if (appliedAt !== null) tell(`ready ${stage.name}`, end);
    stage = null;
  };
  return {
    steps,
    started: () => tell("engine start", now()),
    planned(planned: Stage) {
      tell(`plan ${planned.name}`, now());
      stage = planned;
      appliedAt = null;
    },
    applied() {
      appliedAt = now();
    },
    ready: () => close(now()),
    /** Of a stage that failed the time until then is told too. */
    ended() {
      const end = now();
      close(end);
      tell("engine end", end);
    },
  };
}
