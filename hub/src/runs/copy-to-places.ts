import { type FieldError, SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { SuitePlace } from "@seatrial/contracts/placement/placement.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { and, asc, eq, isNull, or, sql } from "drizzle-orm";
import type { ProjectRow } from "../auth/caller.ts";
import type { Queryable } from "../database/database.ts";
import { clusters, members } from "../database/schema/clusters.ts";
import { type PlaceCandidate, placeValue, whyNoPlace } from "./why-no-place.ts";

/** A suite as a run holds it: as it was written (`origin` null), or one of its copies. */
export type RunSuiteCopy = {
  readonly spec: SuiteSpec;
  readonly name: string;
  readonly origin: string | null;
  readonly place: SuitePlace | null;
};

/**
 * The suites of a run after `clusters: {each: …}`: one copy for each value of that label among the clusters that match
 * the suite's labels and taints and are open to the project. A silent cluster counts: its absence is an outcome. Throws
 * `invalid_request` when nothing matches, with each cluster's reason, and for more than `limits.suitesPerRun`.
 */
export async function copyToPlaces(
  queryable: Queryable,
  project: ProjectRow,
  suites: readonly SuiteSpec[],
): Promise<RunSuiteCopy[]> {
  if (suites.every(({ clusters: { each } }) => each === null)) return suites.map(asWritten);
  const candidates = await readCandidates(queryable, project);
  const copies = suites.flatMap((spec, index) => {
    const { each } = spec.clusters;
    return each === null ? [asWritten(spec)] : copiesOf(spec, each, candidates, index);
  });
  if (copies.length <= limits.suitesPerRun) return copies;
  throw invalid(
    "/suites",
    `one copy of each suite in each place makes ${copies.length} suites, and a run has at most ${limits.suitesPerRun}: name fewer suites, or narrow 'clusters.labels'`,
  );
}

function asWritten(spec: SuiteSpec): RunSuiteCopy {
  return { spec, name: spec.name, origin: null, place: null };
}

function copiesOf(
  spec: SuiteSpec,
  label: string,
  candidates: readonly PlaceCandidate[],
  index: number,
): RunSuiteCopy[] {
  const found = candidates.map((cluster) => ({ cluster, why: whyNoPlace(spec, label, cluster) }));
  const matching = found.filter(({ why }) => why === null);
  const values = matching.flatMap(({ cluster }) => placeValue(label, cluster) ?? []);
  const places = [...new Set(values)].toSorted();
  if (places.length === 0) throw invalid(`/suites/${index}/clusters/each`, noMatch(spec, label, found));
  const taken = new Set<string>();
  return places.map((value) => {
    const name = nameAt(spec.name, value, taken);
    return { spec, name, origin: spec.name, place: { label, value } };
  });
}

/** `api@west`. A label's value may hold what an address, a file name or a shell would trip over. */
function nameAt(suite: string, value: string, taken: Set<string>): string {
  const plain = value.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[-.]+|[-.]+$/g, "") || "none";
  let name = `${suite}@${plain}`;
  for (let number = 2; taken.has(name); number += 1) name = `${suite}@${plain}-${number}`;
  taken.add(name);
  return name;
}

function noMatch(
  spec: SuiteSpec,
  label: string,
  found: readonly { cluster: PlaceCandidate; why: string | null }[],
): string {
  if (found.length === 0)
    return `suite "${spec.name}" asks for a copy in each ${label}, and no cluster is open to this project`;
  const reasons = found.slice(0, 20).map(({ cluster, why }) => `${cluster.name} ${why}`);
  const more = found.length > reasons.length ? `; and ${found.length - reasons.length} more` : "";
  return `suite "${spec.name}" asks for a copy in each ${label}, and no cluster matches: ${reasons.join("; ")}${more}`;
}

/** By name. Clusters that are not open to the project are not named. */
async function readCandidates(queryable: Queryable, project: ProjectRow): Promise<PlaceCandidate[]> {
  const { id, name, labels, taints, projectIds, revokedAt } = clusters;
  const hasAgent = sql<boolean>`exists ${queryable
    .select({ one: sql`1` })
    .from(members)
    .where(and(eq(members.clusterId, clusters.id), eq(members.role, "agent"), isNull(members.revokedAt)))}`;
  const isOpen = or(
    sql`jsonb_typeof(${projectIds}) is distinct from 'array'`,
    sql`${projectIds} @> ${JSON.stringify([project.id])}::jsonb`,
  );
  return queryable
    .select({ id, name, labels, taints, projectIds, revokedAt, hasAgent })
    .from(clusters)
    .where(isOpen)
    .orderBy(asc(name));
}

function invalid(path: string, message: string): SeatrialError {
  const fields: FieldError[] = [{ path, message }];
  return new SeatrialError("invalid_request", `${path}: ${message}`, { fields });
}
