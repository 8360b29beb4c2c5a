import { posix } from "node:path";
import { type Violation, violation } from "./source-file.ts";

/**
 * Paths that a document names exist. A path is `in backticks`, has a slash and starts with a folder of the
 * repository's top level; or it is the target of a relative link.
 */
export function findMissingPaths(
  document: { path: string; text: string },
  files: readonly string[],
): readonly Violation[] {
  const known = new Set(files.flatMap((file) => [file, ...parentsOf(file)]));
  const topLevel = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]));
  const named = [...document.text.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)+\/?)`/g)].filter((match) =>
    topLevel.has(match[1]?.split("/")[0] ?? ""),
  );
  const linked = [...document.text.matchAll(/\]\((?![a-z]+:|#|\/)([^)\s#]+)/g)];
  return [
    ...named.map((match) => ({ match, path: match[1] ?? "" })),
    ...linked.map((match) => ({ match, path: posix.join(posix.dirname(document.path), match[1] ?? "") })),
  ]
    .filter(({ path }) => !known.has(path.replace(/\/$/, "")))
    .map(({ match, path }) => violation(document, match.index, `names ${path}, which does not exist.`));
}

function parentsOf(file: string): string[] {
  const parts = file.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
