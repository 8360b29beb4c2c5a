import { inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { clusters } from "../database/schema/clusters.ts";
import type { RunSuite } from "../leases/attempt-context.ts";

/** What a cluster must be to take the shards of a copy that `clusters: {each: …}` made. */
export type CopyPlace = { labels: Record<string, string>; onlyClusterId: string | null };

/** The same by suite; suites that are no copies have no entry. */
export async function placesOfCopies(
  queryable: Queryable,
  suites: readonly Pick<RunSuite, "id" | "place">[],
): Promise<Map<string, CopyPlace>> {
  const placed = new Map(suites.flatMap(({ id, place }) => (place ? [[id, place] as const] : [])));
  const names = [...placed.values()].flatMap(({ label, value }) => (label === "cluster" ? [value] : []));
  const ids = await clusterIds(queryable, names);
  return new Map(
    [...placed].map(([suiteId, { label, value }]) => [
      suiteId,
      label === "cluster"
        ? { labels: {}, onlyClusterId: ids.get(value) ?? null }
        : { labels: { [label]: value }, onlyClusterId: null },
    ]),
  );
}

async function clusterIds(queryable: Queryable, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const rows = await queryable
    .select({ id: clusters.id, name: clusters.name })
    .from(clusters)
    .where(inArray(clusters.name, [...new Set(names)]));
  return new Map(rows.map(({ id, name }) => [name, id]));
}
