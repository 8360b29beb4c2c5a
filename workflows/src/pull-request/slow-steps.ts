import { log } from "@temporalio/workflow";
import { type Pace, retrySeconds } from "../looking/pace.ts";

/**
 * `done` false: do it again, not before `retryInSeconds` when somebody said so; null: after a growing wait, or at news.
 * When it is done, `retryInSeconds` says for how long it must not be begun again.
 */
export type StepAnswer = {
  done: boolean;
  retryInSeconds: number | null;
  /** News end the wait that was named: there may be something else to do than what is waited for. */
  soonerAtNews?: boolean;
};
/** What a step that ended waits for; `failures` in a row. A firm one holds whatever happens. */
type Hold = { since: number; until: number; failures: number; isFirm: boolean };
export type Holds = Record<string, Hold>;

export type SlowSteps = {
  /** Starts what is due and neither under way nor held back. Failures of what is not due any more are forgotten. */
  begin: (due: Readonly<Record<string, () => Promise<StepAnswer>>>) => void;
  /** Something changed: what failed may be tried again now, unless a time was named. */
  nudge: () => void;
  isIdle: () => boolean;
  /** Until something that is due may be tried again; null: nothing is held back. */
  secondsUntilNext: () => number | null;
  holds: () => Holds;
};

/** A step that is due again right after it was done is not begun at once: many changes are one step. */
const pauseSeconds = 1;

/**
 * Steps that ask somebody else, such as a forge. Each is under way by itself and waits by itself, so that none holds up
 * another or the workflow. `onEnd` is called after each. Deterministic: workflows replay it.
 */
export function createSlowSteps(
  pace: Pace,
  onEnd: () => void,
  { holds: held = {}, now = () => Date.now() }: { holds?: Holds; now?: () => number } = {},
): SlowSteps {
  const holds = new Map<string, Hold>(Object.entries(held));
  const underWay = new Set<string>();
  let isDue: (name: string) => boolean = () => true;

  async function run(name: string, step: () => Promise<StepAnswer>): Promise<void> {
    const failures = (holds.get(name)?.failures ?? 0) + 1;
    let answer: StepAnswer = { done: false, retryInSeconds: null };
    try {
      answer = await step();
    } catch (error) {
      // The worker died in the middle, or took too long.
      log.warn("a step was not finished", { step: name, error: String(error) });
    }
    holds.set(name, holdAfter(answer, failures));
    underWay.delete(name);
    onEnd();
  }

  function holdAfter({ done, retryInSeconds, soonerAtNews = false }: StepAnswer, failures: number): Hold {
    const usual = done ? pauseSeconds : retrySeconds(pace, failures);
    const seconds = retryInSeconds ?? usual;
    const isFirm = done || (retryInSeconds !== null && !soonerAtNews);
    return { since: now(), until: now() + seconds * 1_000, failures: done ? 0 : failures, isFirm };
  }

  return {
    begin(due) {
      isDue = (name) => name in due;
      for (const [name, { until, isFirm }] of holds)
        if (!isDue(name) && !underWay.has(name) && !(isFirm && until > now())) holds.delete(name);
      for (const [name, step] of Object.entries(due)) {
        if (underWay.has(name) || (holds.get(name)?.until ?? 0) > now()) continue;
        underWay.add(name);
        void run(name, step);
      }
    },
    nudge() {
      for (const hold of holds.values())
        if (!hold.isFirm) hold.until = Math.min(hold.until, hold.since + pauseSeconds * 1_000);
    },
    isIdle: () => underWay.size === 0,
    secondsUntilNext() {
      const waiting = [...holds].flatMap(([name, { until }]) =>
        underWay.has(name) || !isDue(name) ? [] : [until],
      );
      return waiting.length === 0 ? null : Math.max(0, (Math.min(...waiting) - now()) / 1_000);
    },
    holds: () => Object.fromEntries(holds),
  };
}
