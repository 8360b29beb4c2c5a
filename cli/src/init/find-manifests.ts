import { previewWords, uniquePorts } from "./find-charts.ts";
import type { FoundEnvironment } from "./found.ts";
import { factsOf, mergeFacts } from "./manifest-facts.ts";
import { isManifest, readDocuments } from "./read-yaml-files.ts";
import { baseOf, folderOf, isBelow, type Repository } from "./repository.ts";

/**
 * Folders that hold Kubernetes objects and nothing else that would be applied, outside of charts and kustomizations;
 * at the top of the repository, single files. A workload must be among the objects.
 */
export async function findManifests(
  repository: Repository,
  others: readonly FoundEnvironment[],
): Promise<FoundEnvironment[]> {
  const taken = others.map(({ path }) => (path === "." ? "" : path));
  const files = repository.files
    .filter((path) => /\.(ya?ml|json)$/.test(path))
    .filter((path) => !taken.some((folder) => folder !== "" && isBelow(path, folder)));
  const objects = new Map<string, Record<string, unknown>[]>();
  for (const file of files.filter((path) => !path.endsWith(".json")).slice(0, 500)) {
    const documents = readDocuments(await repository.read(file));
    if (documents.length > 0 && documents.every(isManifest)) objects.set(file, documents);
  }
  const isPure = (folder: string) =>
    files.filter((path) => isBelow(path, folder)).every((path) => objects.has(path));
  const places = [...objects.keys()].map((file) =>
    folderOf(file) !== "" && isPure(folderOf(file)) ? folderOf(file) : file,
  );
  const tops = [...new Set(places)].filter(
    (place) => !places.some((other) => other !== place && isBelow(place, other)),
  );
  return tops
    .map((path) => ({ path, inside: [...objects].filter(([file]) => isBelow(file, path)) }))
    .filter(({ inside }) => inside.some(([, documents]) => documents.some(isWorkload)))
    .slice(0, 20)
    .map(({ path, inside }) => {
      const facts = mergeFacts(inside.map(([file, documents]) => factsOf(documents, file)));
      return {
        ...{ kind: "manifests" as const, path, values: [] },
        ...{ ports: uniquePorts(facts.ports), ready: facts.ready, images: facts.images },
      };
    })
    .toSorted((left, right) => rank(left.path) - rank(right.path));
}

function rank(path: string): number {
  const index = previewWords.findIndex((word) => baseOf(path).split(/[-_.]/).includes(word));
  return index === -1 ? previewWords.length : index;
}

function isWorkload({ kind }: Record<string, unknown>): boolean {
  return kind === "Deployment" || kind === "StatefulSet" || kind === "DaemonSet" || kind === "Pod";
}
