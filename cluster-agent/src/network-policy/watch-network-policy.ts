import type { NetworkPolicyFinding } from "@seatrial/contracts/agent-protocol/network-policy.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

export type WatchNetworkPolicyDeps = {
  /** Null: the installation has no policies, so there is nothing to try. */
  check: ((signal: AbortSignal) => Promise<NetworkPolicyFinding>) | null;
  tell: (finding: NetworkPolicyFinding) => Promise<void>;
  clock: Pick<Clock, "sleep">;
  logger: Logger;
};

const hourMilliseconds = 3_600_000;
/** An enforcing cluster seldom stops; one that does not may be mended by somebody who waits for it to be seen. */
const afterYesMilliseconds = 4 * hourMilliseconds;
const afterOtherMilliseconds = hourMilliseconds / 6;
const retryMilliseconds = 30_000;

/** Tells the hub, at once and every few hours, whether the cluster enforces network policies. Runs until the signal aborts. */
export async function watchNetworkPolicy(deps: WatchNetworkPolicyDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const finding = deps.check === null ? switchedOff : await deps.check(signal);
    if (signal.aborted) return;
    deps.logger.info({ ...finding }, "tried whether network policies are enforced");
    const isTold = await deps.tell(finding).then(
      () => true,
      (error: unknown) => {
        deps.logger.warn({ error: String(error) }, "the hub was not told about network policies");
        return false;
      },
    );
    const pause = finding.answer === "yes" ? afterYesMilliseconds : afterOtherMilliseconds;
    await deps.clock.sleep(isTold ? pause : retryMilliseconds, signal);
  }
}

const switchedOff: NetworkPolicyFinding = {
  answer: "no",
  reason: "the installation has its policies switched off (networkPolicy.enabled)",
};
