import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import { inParallel } from "@seatrial/kube-link/in-parallel.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import type { RepairPolicy } from "../blockers/repair-policy.ts";
import { type FoundEnvironment, findEnvironments } from "../sweep/find-environments.ts";
import { removeFound } from "./remove-found.ts";

export type JanitorRequest = {
  kube: KubeClient;
  cluster: string;
  /** Where operation Leases are. */
  leaseNamespace: string;
  /** Names this process in Leases. */
  holder: string;
  policy: RepairPolicy;
  clock: Clock;
  logger: Logger;
  signal?: AbortSignal;
  /** How long after its expiry the hub gets its chance first (default 1800). */
  marginSeconds?: number;
  /** How long one environment may take in one pass (default 120). */
  limitSeconds?: number;
};
export type JanitorReport = {
  removed: string[];
  left: string[];
  skipped: { environmentId: string; why: string }[];
};

const defaultMarginSeconds = 1_800;
const atOnce = 4;

/**
 * One pass: removes what has expired by its label, with no hub and nothing recorded. What has no readable expiry is
 * never touched. Throws when the cluster cannot be read; what was removed before stays removed.
 */
export async function runJanitor(request: JanitorRequest): Promise<JanitorReport> {
  const { kube, logger, signal, marginSeconds = defaultMarginSeconds } = request;
  const found = await findEnvironments(kube, signal);
  const unlabelled = found.filter(({ expiresAtEpochSeconds }) => expiresAtEpochSeconds === null);
  if (unlabelled.length > 0)
    logger.warn({ environments: unlabelled.map(({ environmentId }) => environmentId) }, "no expiry to go by");
  const expired = found.filter((one) => isExpired(one, request.clock.now(), marginSeconds));
  const report: JanitorReport = { removed: [], left: [], skipped: [] };
  await inParallel(expired, atOnce, async (one) => {
    const outcome = (await isStillExpired(request, one, marginSeconds))
      ? await removeFound(request, one)
      : { skipped: "it was extended or went meanwhile" };
    write(report, one.environmentId, outcome);
  });
  return report;
}

export function isExpired(
  { expiresAtEpochSeconds: at }: FoundEnvironment,
  nowMilliseconds: number,
  marginSeconds: number,
): boolean {
  return at !== null && nowMilliseconds >= (at + marginSeconds) * 1_000;
}

/** Others were removed before this one came up; that may have taken minutes. */
async function isStillExpired(
  { kube, clock, signal }: JanitorRequest,
  { environmentId, namespaceUid }: FoundEnvironment,
  marginSeconds: number,
): Promise<boolean> {
  const now = (await findEnvironments(kube, signal)).filter((one) => one.environmentId === environmentId);
  const same = now.some((one) => one.namespaceUid === namespaceUid);
  return same && now.every((one) => isExpired(one, clock.now(), marginSeconds));
}

export function write(
  report: JanitorReport,
  environmentId: string,
  outcome: Awaited<ReturnType<typeof removeFound>>,
): void {
  if (outcome === "removed") report.removed.push(environmentId);
  else if (outcome === "left") report.left.push(environmentId);
  else report.skipped.push({ environmentId, why: outcome.skipped });
}
