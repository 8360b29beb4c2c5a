import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { describe, expect, it } from "vitest";
import { drainWork } from "./drain-work.ts";

const never = () => new Promise<void>(() => undefined);
const atOnce = async () => undefined;

function drain({ stopClaims, settled }: { stopClaims: () => Promise<void>; settled: () => Promise<void> }) {
  const clock = createManualClock();
  const draining = new AbortController();
  let isOver = false;
  const over = drainWork(
    { clock, claims: { stop: stopClaims }, table: { settled }, draining },
    { byThemselves: 5, putDown: 48 },
  ).then(() => {
    isOver = true;
  });
  return { clock, draining: draining.signal, over, isOver: () => isOver };
}

describe("a provisioner that is asked to stop", () => {
  it("is done at once when nothing is in hand", async () => {
    const { clock, over } = drain({ stopClaims: atOnce, settled: atOnce });
    await over;
    expect(clock.waits()).toEqual([]);
  });
  for (const [what, world] of [
    ["an operation does not end", { stopClaims: atOnce, settled: never }],
    ["a claim is still being acknowledged to a hub that is away", { stopClaims: never, settled: atOnce }],
  ] as const)
    it(`puts work down after 5 s and is done after 53, also when ${what}`, async () => {
      const { clock, draining, over, isOver } = drain(world);
      await clock.sleepers(1);
      await clock.advance(4_999);
      expect(draining.aborted).toBe(false);
      await clock.advance(1);
      expect(draining.aborted).toBe(true);
      await clock.sleepers(1);
      await clock.advance(47_999);
      expect(isOver()).toBe(false);
      await clock.advance(1);
      await over;
    });
});
