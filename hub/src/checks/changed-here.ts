import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { ShownEnvironment, ShownRun } from "./report-world.ts";
import { repositoryPath } from "./repository-path.ts";
import { code } from "./safe-markdown.ts";

const mostFiles = 8;

/**
 * `Changed here: deploy/preview.yaml:7`: the files of the change that what is red is made of. What the environments are
 * made from comes first: a red test whose own code did not change is often red for that. None: an empty list.
 */
export function changedHere(
  changed: readonly ChangedFile[],
  runs: readonly ShownRun[],
  environments: readonly ShownEnvironment[],
): string[] {
  const templates = environments.flatMap(({ template }) =>
    template.components.flatMap(({ path, valueFiles }) => [path, ...valueFiles]),
  );
  const own = changed.filter(({ path }) => path === "seatrial.yaml" || isWithin(path, templates));
  const tests = changed.filter((file) => !own.includes(file) && isWithin(file.path, redPaths(runs)));
  const found = [...own, ...tests];
  if (found.length === 0) return [];
  const more = found.length - mostFiles;
  const shown = found
    .slice(0, mostFiles)
    .map(({ path, line }) => code(line === null ? path : `${path}:${line}`));
  return [`Changed here: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}

/** Folders and files of red suites. A suite at the top of the repository is made of everything, which tells nothing. */
function redPaths(runs: readonly ShownRun[]): string[] {
  return runs.flatMap(({ suites, red }) => {
    const isRed = suites.filter(({ state }) => state === "failed" || state === "errored");
    const folders = new Map(isRed.map(({ name, spec }) => [name, spec.path]));
    const files = red.flatMap(({ suite, file }) =>
      file === null ? [] : (repositoryPath(file, folders.get(suite)) ?? []),
    );
    return [...folders.values(), ...files];
  });
}

function isWithin(path: string, places: readonly string[]): boolean {
  return places.some((place) => place !== "" && (path === place || path.startsWith(`${place}/`)));
}
