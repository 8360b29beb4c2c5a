import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";

/** Kinds that each prove a broken environment. An `event` alone does not: clusters warn of much that harms nobody. */
const decisive: ReadonlySet<Evidence["kind"]> = new Set(["restart", "oom", "node", "missing", "probe"]);
/** Seen at the time of the probe, which is after the attempt: it says how the environment was left. */
const lasting: ReadonlySet<Evidence["kind"]> = new Set(["missing", "probe"]);

/**
 * What of the evidence shows that the environment broke under an attempt: something decisive between its start and its
 * end, with the events of that time to explain it; empty when nothing is decisive. No time means "right now". A cluster
 * gives times in whole seconds, so both ends are widened to them.
 */
export function decisiveEvidence(
  evidence: readonly Evidence[],
  attempt: { startedAt: Date | null; leasedAt: Date | null; endedAt: Date | null },
): Evidence[] {
  const start = Math.floor(((attempt.startedAt ?? attempt.leasedAt)?.getTime() ?? 0) / 1_000) * 1_000;
  const end = Math.ceil((attempt.endedAt?.getTime() ?? Number.MAX_SAFE_INTEGER) / 1_000) * 1_000;
  const during = evidence.filter(({ at, kind }) => {
    if (at === null) return true;
    const time = new Date(at).getTime();
    return time >= start && (time <= end || lasting.has(kind));
  });
  const isBroken = during.some(({ kind }) => decisive.has(kind));
  return isBroken ? during.toSorted((left, right) => rank(left) - rank(right)) : [];
}

/** What decides comes first: a list may be cut. */
function rank({ kind }: Evidence): number {
  return decisive.has(kind) ? 0 : 1;
}
