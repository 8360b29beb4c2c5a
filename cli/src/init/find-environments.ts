import { findCharts } from "./find-charts.ts";
import { findKustomizations } from "./find-kustomizations.ts";
import { findManifests } from "./find-manifests.ts";
import type { FoundEnvironment } from "./found.ts";
import type { Repository } from "./repository.ts";

/** What environments could be made of, the likeliest first: charts, then kustomizations, then plain manifests. */
export async function findEnvironments(repository: Repository): Promise<FoundEnvironment[]> {
  const charts = await findCharts(repository);
  const kustomizations = await findKustomizations(repository, charts);
  const manifests = await findManifests(repository, [...charts, ...kustomizations]);
  return [...charts, ...kustomizations, ...manifests];
}
