import type { SweepAnswer, SweepRequest } from "@seatrial/contracts/agent-protocol/operation.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { writeAudit } from "../audit/write-audit.ts";
import { transact } from "../database/transact.ts";
import { agentActor } from "../leases/attempt-context.ts";
import type { LeaseDeps } from "../leases/lease-deps.ts";
import type { Member } from "../members/require-proof.ts";
import { safeTexts } from "../reports/safe-text.ts";
import { mostAtOnce, sweepsNeeded } from "./brakes.ts";
import { compareSweep, isExpected, type SweepComparison } from "./compare-sweep.ts";
import { noteDoubts } from "./note-doubts.ts";
import { noteMissing } from "./note-missing.ts";
import { readSweptRows } from "./read-swept-rows.ts";

/**
 * Compares what a provisioner found in its cluster with what the hub knows, and says what to remove. Two brakes: an
 * orphan must be found in two sweeps, and at most a fifth of what was found (at least one) is removed at a time; what
 * they hold back is named. Throws `forbidden` for who is no provisioner.
 */
export async function sweepCluster(
  deps: LeaseDeps,
  member: Member,
  told: SweepRequest,
): Promise<SweepAnswer> {
  if (member.role !== "provisioner")
    throw new SeatrialError("forbidden", `A member with the role "${member.role}" sweeps no environments.`);
  const { found } = safeTexts(told);
  const ids = [...new Set(found.map(({ environmentId }) => environmentId))];
  const rows = await readSweptRows(deps.database, member.clusterId, ids);
  const comparison = compareSweep(member.clusterId, found, rows);
  const { remove, held, sweeps } = await brake(deps, member, comparison, found.length);
  const expected = [...rows.values()].filter((row) => isExpected(member.clusterId, row)).length;
  await noteMissing(deps, member, comparison.missing, { sweeps, expected });
  return {
    remove,
    held: [...comparison.odd, ...held],
    missing: comparison.missing.map(({ id }) => id),
    relabel: comparison.relabel,
  };
}

async function brake(
  deps: LeaseDeps,
  member: Member,
  { orphans, missing }: SweepComparison,
  foundCount: number,
): Promise<Pick<SweepAnswer, "remove" | "held"> & { sweeps: ReadonlyMap<string, number> }> {
  const most = mostAtOnce(foundCount);
  const at = deps.clock.now();
  return transact(deps, async (tx) => {
    const doubtful = [...orphans.map(({ found }) => found.environmentId), ...missing.map(({ id }) => id)];
    const ids = [...new Set(doubtful)];
    const sweeps = await noteDoubts(tx, member.clusterId, ids, at);
    const answer: Pick<SweepAnswer, "remove" | "held"> = { remove: [], held: [] };
    for (const { found, why } of orphans) {
      const { clusterScoped: _, ...place } = found;
      const { environmentId } = found;
      const times = sweeps.get(environmentId) ?? 1;
      if (times < sweepsNeeded)
        answer.held.push({ environmentId, why: `${why}: found in ${times} of ${sweepsNeeded} sweeps` });
      else if (answer.remove.length >= most)
        answer.held.push({ environmentId, why: `${why}: at most ${most} of ${foundCount} go in one sweep` });
      else answer.remove.push(place);
    }
    const actor = agentActor(member);
    for (const { environmentId, namespace } of answer.remove)
      await writeAudit(tx, {
        projectId: null,
        at,
        actor,
        action: "environment.sweep",
        subject: environmentId,
        data: { cluster: member.clusterName, namespace },
      });
    return { ...answer, sweeps };
  });
}
