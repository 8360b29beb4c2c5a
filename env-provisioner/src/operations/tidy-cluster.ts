import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { type JanitorRequest, runJanitor } from "../janitor/run-janitor.ts";
import { applySweepAnswer } from "../sweep/apply-sweep-answer.ts";
import { findEnvironments } from "../sweep/find-environments.ts";
import type { OperationLink } from "./operation-link.ts";

export type TidyDeps = {
  link: Pick<OperationLink, "sweep">;
  instance: string;
  /** What janitor and sweep remove with. */
  removal: Omit<JanitorRequest, "signal">;
  runsJanitor: boolean;
  everySeconds: number;
  clock: Clock;
  logger: Logger;
  random?: () => number;
};

/**
 * Twice told: what carries the label is told to the hub, which says what does not belong and what was given more time
 * (sweep), and what has expired is removed whatever the hub says (janitor). In this order, so that what was extended or
 * pinned has its new expiry before the janitor looks. First some seconds after the start, then at every interval; the
 * two are independent, and a failure of one is logged and made up for by the next.
 */
export async function tidyCluster(deps: TidyDeps, signal: AbortSignal): Promise<void> {
  const random = deps.random ?? Math.random;
  // Provisioners that start together do not ask together.
  let waitSeconds = Math.min(deps.everySeconds, 5 + 10 * random());
  while (!signal.aborted) {
    await deps.clock.sleep(waitSeconds * 1_000, signal);
    if (signal.aborted) return;
    await attempt(deps, signal, "sweep", () => sweep(deps, signal));
    if (deps.runsJanitor)
      await attempt(deps, signal, "janitor", () => runJanitor({ ...deps.removal, signal }));
    waitSeconds = deps.everySeconds * (0.9 + 0.2 * random());
  }
}

async function sweep({ link, instance, removal, clock }: TidyDeps, signal: AbortSignal) {
  const at = new Date(clock.now()).toISOString();
  const found = await findEnvironments(removal.kube, signal);
  const answer = await link.sweep({ instance, at, found: found.slice(0, 5_000) });
  return applySweepAnswer({ ...removal, signal }, answer);
}

async function attempt(
  { logger }: TidyDeps,
  signal: AbortSignal,
  what: "janitor" | "sweep",
  work: () => Promise<{ removed: string[]; left: string[]; skipped: unknown[] }>,
): Promise<void> {
  try {
    const { removed, left, skipped } = await work();
    if (removed.length + left.length + skipped.length > 0)
      logger.info({ what, removed, left, skipped }, "looked after what is left in the cluster");
  } catch (error) {
    if (!signal.aborted) logger.warn({ what, error: String(error) }, "this look at the cluster failed");
  }
}
