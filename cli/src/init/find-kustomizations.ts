import { previewWords, uniquePorts } from "./find-charts.ts";
import type { FoundEnvironment } from "./found.ts";
import { factsOf, type ManifestFacts, mergeFacts } from "./manifest-facts.ts";
import { isManifest, listAt, readDocuments } from "./read-yaml-files.ts";
import { baseOf, folderOf, isBelow, type Repository } from "./repository.ts";

const names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/** Kustomizations outside of charts, overlays for previews first, then those that no other one builds on. */
export async function findKustomizations(
  repository: Repository,
  charts: readonly FoundEnvironment[],
): Promise<FoundEnvironment[]> {
  const inCharts = charts.map(({ path }) => (path === "." ? "" : path));
  const files = repository.files
    .filter((path) => names.includes(baseOf(path)))
    .filter((path) => !inCharts.some((chart) => isBelow(path, chart)))
    .slice(0, 50);
  const known = new Map(files.map((file) => [folderOf(file), file]));
  const used = new Map<string, string[]>();
  const isLocal = new Map<string, boolean>();
  for (const [folder, file] of known) {
    const [document] = readDocuments(await repository.read(file));
    const entries = ["resources", "bases", "components"].flatMap((key) => listAt(document, [key]));
    const words = entries.filter((entry) => typeof entry === "string");
    isLocal.set(
      folder,
      document !== undefined &&
        document.kind !== "Component" &&
        words.every((word) => !/:|^github/.test(word)),
    );
    used.set(
      folder,
      words.map((word) => resolveIn(folder, word)).filter((path) => path !== null),
    );
  }
  const found: FoundEnvironment[] = [];
  for (const folder of known.keys()) {
    if (isLocal.get(folder) === false) continue;
    const facts = await factsBelow(repository, folder, used, new Set());
    found.push({
      ...{ kind: "kustomize", path: folder === "" ? "." : folder, values: [] },
      ...{ ports: uniquePorts(facts.ports), ready: facts.ready, images: facts.images },
    });
  }
  const isBase = ({ path }: FoundEnvironment) => [...used.values()].some((all) => all.includes(path));
  return found.toSorted(
    (left, right) => rank(left) - rank(right) || Number(isBase(left)) - Number(isBase(right)),
  );
}

/** Place among the words for previews; those without one come last. */
function rank({ path }: FoundEnvironment): number {
  const index = previewWords.findIndex((word) => baseOf(path).split(/[-_.]/).includes(word));
  return index === -1 ? previewWords.length : index;
}

/** A resource's path from the top; null when it leads out. */
function resolveIn(folder: string, word: string): string | null {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of word.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}

async function factsBelow(
  repository: Repository,
  folder: string,
  used: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): Promise<ManifestFacts> {
  if (seen.has(folder)) return mergeFacts([]);
  seen.add(folder);
  const facts: ManifestFacts[] = [];
  for (const path of used.get(folder) ?? [])
    if (used.has(path)) facts.push(await factsBelow(repository, path, used, seen));
    else if (/\.(ya?ml|json)$/.test(path))
      facts.push(factsOf(readDocuments(await repository.read(path)).filter(isManifest), path));
  return mergeFacts(facts);
}
