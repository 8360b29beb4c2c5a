import { sleep } from "@seatrial/contracts/time/clock.ts";
import { DemoError, type DemoWorld } from "./demo-world.ts";

const lookMilliseconds = 300;

/**
 * Looks a few times a second until `look` brings something. Throws DemoError with what was waited for when `seconds` are
 * over or Ctrl-C came; `seconds` is patience for a slow machine, no measure.
 */
export async function waitFor<Found>(
  { signal }: Pick<DemoWorld, "signal">,
  what: { readonly name: string; readonly seconds: number; readonly state?: () => string },
  look: () => Promise<Found | null>,
): Promise<Found> {
  const end = performance.now() + what.seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    signal.throwIfAborted();
    if (performance.now() > end) {
      const state = what.state?.() ?? "";
      throw new DemoError(
        `${what.name} did not come within ${what.seconds} s${state === "" ? "" : `: ${state}`}`,
      );
    }
    await sleep(lookMilliseconds);
  }
}
