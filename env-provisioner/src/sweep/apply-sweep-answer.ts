import type { SweepAnswer } from "@seatrial/contracts/agent-protocol/operation.ts";
import { removeFound } from "../janitor/remove-found.ts";
import { type JanitorReport, type JanitorRequest, write } from "../janitor/run-janitor.ts";
import { findEnvironments } from "./find-environments.ts";
import { relabelExpiry } from "./relabel-expiry.ts";

/**
 * Writes the expiries that the hub knows better, then removes what the hub said to remove, one after the other, each thing read again first: only what is still exactly
 * what the hub judged (same namespace, same UID, same expiry) goes; the next sweep tells the rest anew.
 */
export async function applySweepAnswer(
  request: Omit<JanitorRequest, "marginSeconds">,
  answer: SweepAnswer,
): Promise<JanitorReport> {
  const report: JanitorReport = { removed: [], left: [], skipped: [] };
  for (const one of answer.relabel) await relabelExpiry(request.kube, one, request.signal);
  for (const judged of answer.remove) {
    request.signal?.throwIfAborted();
    const now = await findEnvironments(request.kube, request.signal);
    const isSame = now.some(
      (one) =>
        one.environmentId === judged.environmentId &&
        one.namespace === judged.namespace &&
        one.namespaceUid === judged.namespaceUid &&
        one.expiresAtEpochSeconds === judged.expiresAtEpochSeconds,
    );
    const outcome = isSame ? await removeFound(request, judged) : { skipped: "it changed or went meanwhile" };
    write(report, judged.environmentId, outcome);
  }
  return report;
}
