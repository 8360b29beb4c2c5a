import type { Queryable } from "../database/database.ts";
import type { ClusterFacts, Room } from "../placement/placement-facts.ts";
import { readShares } from "../placement/read-shares.ts";
import type { SpreadShare } from "../placement/spread-share.ts";
import { type Choice, chooseFairly, type ProjectLoad } from "./choose-fairly.ts";
import { type ClaimScope, type FoundCandidate, findCandidates, projectLoads } from "./claim-candidates.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** At most this many leases in one answer: a grant is one transaction and must stay short. */
export const largestGrant = 50;
/** How often suites that may place nothing here are left out and the next in the queue looked at. */
const mostRounds = 8;

export type Outlook = {
  readonly choice: Choice;
  readonly loads: ReadonlyMap<string, ProjectLoad>;
  /** What the cluster may take of each suite that is spread and was looked at. */
  readonly shares: ReadonlyMap<string, SpreadShare>;
};

/**
 * What a claim of this cluster grants at this moment. The claim itself calls it under the projects' locks, and the
 * explanation without them: one answer for both. `known`: all clusters, where the caller has them already.
 */
export async function lookAhead(
  queryable: Queryable,
  deps: Pick<LeaseDeps, "clock" | "settings">,
  scope: ClaimScope,
  projectIds: readonly string[],
  room: Room,
  known?: readonly ClusterFacts[],
): Promise<Outlook> {
  const loads = await projectLoads(queryable, projectIds);
  const shares = new Map<string, SpreadShare>();
  for (let round = 1; ; round += 1) {
    const blocked = [...shares].filter(([, { allowed }]) => allowed < 1).map(([suiteId]) => suiteId);
    const candidates = await findCandidates(queryable, scope, projectIds, room, room.slots * 4, blocked);
    const fresh = spreadItems(candidates).filter(({ suiteId }) => !shares.has(suiteId));
    const read = await readShares(queryable, deps, scope.clusterId, fresh, known);
    for (const [suiteId, share] of read) shares.set(suiteId, share);
    const choice = chooseFairly(candidates, loads, room, shares);
    const isBlocked = [...read.values()].some(({ allowed }) => allowed < 1);
    if (!isBlocked || choice.chosen.length === room.slots || round === mostRounds)
      return { choice, loads, shares };
  }
}

/** One item of each suite that is spread. */
function spreadItems(candidates: readonly FoundCandidate[]) {
  const bySuite = new Map(
    candidates.flatMap(({ spreadItem }) => (spreadItem ? [[spreadItem.suiteId, spreadItem]] : [])),
  );
  return [...bySuite.values()];
}
