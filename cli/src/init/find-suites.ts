import { findAddress } from "./find-address.ts";
import { findNodeSuites } from "./find-node-suites.ts";
import { findOtherSuites } from "./find-other-suites.ts";
import { findPytestSuites } from "./find-pytest-suites.ts";
import type { FoundSuite } from "./found.ts";
import { nameSuites } from "./name-suites.ts";
import { isBelow, type Repository } from "./repository.ts";

/** A suite that is found, before it has a name; `inside` are its files, for what they say. */
export type SuiteDraft = Omit<FoundSuite, "name" | "files" | "address"> & { inside: readonly string[] };

/** Tests that suites can run, at most 12, each with a name of its own. */
export async function findSuites(repository: Repository): Promise<FoundSuite[]> {
  const drafts = [
    ...(await findPytestSuites(repository)),
    ...(await findNodeSuites(repository)),
    ...(await findOtherSuites(repository)),
  ].slice(0, 12);
  const names = nameSuites(drafts);
  const suites: FoundSuite[] = [];
  for (const [index, { inside, ...draft }] of drafts.entries())
    suites.push({
      ...draft,
      name: names[index] ?? "tests",
      files: inside.length,
      address: await findAddress(repository, filesAround(repository, draft, inside)),
    });
  return suites;
}

/** The tests, and what lies in a folder with them: helpers often know where to find what they test. */
function filesAround(
  { files }: Repository,
  { path, arguments: words }: Pick<SuiteDraft, "path" | "arguments">,
  inside: readonly string[],
): string[] {
  const folder = [path, ...words.slice(0, 1)].filter((part) => part !== "").join("/");
  const helpers =
    folder === "" ? [] : files.filter((file) => isBelow(file, folder) && /\.([cm]?[jt]sx?|py)$/.test(file));
  return [...new Set([...inside, ...helpers])];
}
