import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks `check` every `intervalMilliseconds` until it says true; returns false when `deadlineSeconds` have passed.
 * An error of `check` ends the wait.
 */
export async function waitUntil(
  check: () => Promise<boolean>,
  deadlineSeconds: number,
  intervalMilliseconds = 100,
): Promise<boolean> {
  const deadline = performance.now() + deadlineSeconds * 1000;
  for (;;) {
    if (await check()) return true;
    if (performance.now() > deadline) return false;
    await sleep(intervalMilliseconds);
  }
}
