import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { RemovalStep } from "./removal-request.ts";

/** Tells each step once, with the time since the step before. */
export function createSteps(
  clock: Clock,
  onStep: ((step: RemovalStep) => void) | undefined,
): { tell: (name: string, message?: string) => void } {
  const told = new Set<string>();
  let last = clock.elapsed();
  return {
    tell(name, message = "") {
      const key = `${name} ${message}`;
      if (told.has(key)) return;
      told.add(key);
      const now = clock.elapsed();
      onStep?.({ name, milliseconds: now - last, message });
      last = now;
    },
  };
}
