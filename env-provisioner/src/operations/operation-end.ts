import type { OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import type { RunnerResult } from "./runner-messages.ts";

/** The end of an operation whose runner could not tell it. What was recorded before stays recorded. */
export function endedAs(
  code: "cancelled" | "deadline" | "lost" | "content_missing" | "internal",
  message: string,
): RunnerResult {
  const failure = { code, message: message.slice(0, 8_000), file: null, line: null };
  return { finish: { failure, steps: [], objects: null, endpoints: null }, state: null };
}

/** Seconds beyond the template's time: for rendering, for waiting for the Lease in the cluster, for telling the end. */
const beyondTemplateSeconds: Record<OperationKind, number> = {
  up: 180,
  update: 180,
  sleep: 150,
  wake: 150,
  prove: 60,
  down: 600,
};

/** When an operation has to be over: `at` by `Clock.elapsed`, `seconds` after its lease was acknowledged. */
export type Deadline = { at: number; seconds: number };

/** How long an operation may take, at most `mostSeconds`. */
export function deadlineSeconds(
  work: { operation: OperationKind; template: { timeoutSeconds: number } },
  mostSeconds: number,
): number {
  const isByTemplate = work.operation !== "prove" && work.operation !== "down";
  const template = isByTemplate ? work.template.timeoutSeconds : 0;
  return Math.min(mostSeconds, template + beyondTemplateSeconds[work.operation]);
}
