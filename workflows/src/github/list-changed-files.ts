import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { RepositoryForge } from "./create-github.ts";
import { pageSize, readPages } from "./read-pages.ts";

/** As many as GitHub tells. */
const mostFiles = 3_000;
/** As JSON; longer ones are in no content either. */
const longestPathBytes = 1_000;

type Told = { filename: string; status: string; previous_filename?: string | undefined; line: number | null };

/**
 * The files that a pull request changes, as it stands now; a renamed one by both of its names. No more than `mostFiles`:
 * as many mean that there may be more.
 */
export async function listChangedFiles(
  { request, at }: RepositoryForge,
  number: number,
): Promise<ChangedFile[]> {
  const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";
  // Without their patches, of which there may be many.
  const files = await readPages(async (page) => {
    const { data } = await request(route, { ...at, pull_number: number, per_page: pageSize, page });
    return data.map(
      ({ filename, status, previous_filename, patch }): Told => ({
        ...{ filename, status, previous_filename, line: firstAddedLine(patch ?? "") },
      }),
    );
  }, mostFiles);
  const changed = files.map(({ filename, line }) => ({ path: cutPath(filename), line }));
  return [...changed, ...leftPaths(files)].slice(0, mostFiles);
}

/** Where renamed files were, unless something else is there now. A copied one left nothing. */
function leftPaths(files: readonly Told[]): ChangedFile[] {
  const present = new Set(files.map(({ filename }) => filename));
  return files.flatMap(({ status, previous_filename: left }) =>
    status === "renamed" && left !== undefined && !present.has(left)
      ? [{ path: cutPath(left), line: null }]
      : [],
  );
}

/** A path that is too long is told by as many of its folders as fit: left out it would change how many there are. */
function cutPath(path: string): string {
  const isShort = (text: string) => Buffer.byteLength(JSON.stringify(text)) <= longestPathBytes;
  if (isShort(path)) return path;
  const parts = path.split("/").slice(0, -1);
  while (!isShort([...parts, "…"].join("/"))) parts.pop();
  return [...parts, "…"].join("/");
}

/** Of a unified diff, counted in the new file; null when it adds nothing. */
export function firstAddedLine(patch: string): number | null {
  let line: number | null = null;
  for (const text of patch.split("\n")) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
    if (hunk !== null) line = Number(hunk[1]);
    else if (line === null) continue;
    else if (text.startsWith("+")) return Math.max(1, line);
    else if (text.startsWith(" ")) line += 1;
  }
  return null;
}
