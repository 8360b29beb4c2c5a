import type { SweepRequest } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { expiresAt } from "../environments/expiry.ts";

export type Found = SweepRequest["found"][number];

/** A row, what its operations recorded of its namespace, and whether something is being done to it. */
export type SweptRow = {
  environment: EnvironmentRow;
  recordedNamespaceUid: string | null;
  hasOpenOperation: boolean;
};
export type SweepComparison = {
  /** Found, and known to nobody or known as deleted. */
  orphans: { found: Found; why: string }[];
  /** Found, and not as it was recorded: a person must look. */
  odd: { environmentId: string; why: string }[];
  relabel: { environmentId: string; namespace: string; expiresAtEpochSeconds: number }[];
  /** Rows that say it is there, while its namespace was not found. */
  missing: EnvironmentRow[];
};

/**
 * Compares three views of one cluster's environments: the hub's rows, what the sweep found by label, and what operations
 * recorded. An environment whose time is over and whose removal has not happened yet is no orphan: its workflow removes
 * it, with a proof. One of another cluster is never an orphan either, as its row says that somebody answers for it.
 */
export function compareSweep(
  clusterId: string,
  found: readonly Found[],
  rows: ReadonlyMap<string, SweptRow>,
): SweepComparison {
  const result: SweepComparison = { orphans: [], odd: [], relabel: [], missing: [] };
  const there = new Set<string>();
  for (const one of found) {
    const row = rows.get(one.environmentId);
    const why = orphanReason(row);
    if (why !== null) {
      result.orphans.push({ found: one, why });
      continue;
    }
    if (row === undefined) continue;
    const { environment } = row;
    const strange = oddReason(clusterId, one, row);
    if (strange !== null) result.odd.push({ environmentId: environment.id, why: strange });
    if (environment.clusterId !== clusterId || one.namespace !== environment.namespace) continue;
    there.add(environment.id);
    const expiresAtEpochSeconds = Math.ceil(expiresAt(environment).getTime() / 1_000);
    if (environment.wanted !== "gone" && one.expiresAtEpochSeconds !== expiresAtEpochSeconds)
      result.relabel.push({
        environmentId: environment.id,
        namespace: environment.namespace,
        expiresAtEpochSeconds,
      });
  }
  for (const row of rows.values())
    if (isExpected(clusterId, row) && !there.has(row.environment.id)) result.missing.push(row.environment);
  return result;
}

/** True while its namespace must be in this cluster: it is there, and nothing is being done to it. */
export function isExpected(clusterId: string, { environment, hasOpenOperation }: SweptRow): boolean {
  const isThere = environment.state === "ready" || environment.state === "sleeping";
  return environment.clusterId === clusterId && isThere && !hasOpenOperation;
}

function orphanReason(row: SweptRow | undefined): string | null {
  if (row === undefined) return "the hub knows no such environment";
  return row.environment.state === "deleted" ? "the hub knows it as deleted" : null;
}

function oddReason(
  clusterId: string,
  found: Found,
  { environment, recordedNamespaceUid }: SweptRow,
): string | null {
  if (environment.clusterId !== clusterId) return "it belongs to another cluster";
  if (found.namespace === null) return null;
  if (found.namespace !== environment.namespace)
    return `its namespace is "${environment.namespace}", and "${found.namespace}" carries its label`;
  const isOther = recordedNamespaceUid !== null && found.namespaceUid !== recordedNamespaceUid;
  return isOther ? "its namespace is not the one that was recorded: another UID" : null;
}
