import type { SuitePlace } from "@seatrial/contracts/placement/placement.ts";
import { eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { runSuites, runs } from "../database/schema/runs.ts";
import { boundEndpoints } from "../planning/environment-place.ts";
import type { Binding, ItemFacts } from "./placement-facts.ts";

/**
 * What makes each of these items fit one cluster alone, by suite. Only of items that do: others cost nothing. `placesOfCopies`
 * goes before reach, as where the item was made (`planning/add-attempt.ts`).
 */
export async function readBindings(
  queryable: Queryable,
  items: readonly Pick<ItemFacts, "suiteId" | "onlyClusterId">[],
): Promise<Map<string | null, Binding>> {
  const bound = items.filter(({ onlyClusterId }) => onlyClusterId !== null);
  const suiteIds = new Set(bound.flatMap(({ suiteId }) => suiteId ?? []));
  if (suiteIds.size === 0) return new Map();
  const { name, endpoints } = environments;
  const rows = await queryable
    .select({ id: runSuites.id, place: runSuites.place, spec: runSuites.spec, name, endpoints })
    .from(runSuites)
    .innerJoin(runs, eq(runs.id, runSuites.runId))
    .leftJoin(environments, eq(environments.id, runs.environmentId))
    .where(inArray(runSuites.id, [...suiteIds]));
  return new Map(
    rows.flatMap(({ id, place, spec, name: environment, endpoints: all }): [string, Binding][] => {
      if (isCopy(place)) return [[id, { by: "copy" }]];
      if (environment === null) return [];
      const used = boundEndpoints(all ?? [], spec).map((endpoint) => endpoint.name);
      return [[id, { by: "environment", environment, endpoints: used }]];
    }),
  );
}

/** Of `each: cluster`: a copy for the value of another label goes where that label is. */
const isCopy = (place: SuitePlace | null) => place?.label === "cluster";
