import type { ResultCounts } from "@seatrial/contracts/runs/run.ts";

/** `31 passed (1 flaky), 1 failed`; null where no case was reported, as of a command without reports. */
export function describeCounts({ passed, failed, errored, skipped, flaky }: ResultCounts): string | null {
  if (passed + failed + errored + skipped === 0) return null;
  const parts = [
    `${passed} passed${flaky > 0 ? ` (${flaky} flaky)` : ""}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(errored > 0 ? [`${errored} errored`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(", ");
}
