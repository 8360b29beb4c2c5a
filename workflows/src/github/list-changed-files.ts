import type { ChangedFile } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { RepositoryForge } from "./create-github.ts";
import { pageSize, readPages } from "./read-pages.ts";

/** As many as GitHub tells. */
const mostFiles = 3_000;
/** As JSON; longer ones are in no content either. */
const longestPathBytes = 1_000;

/** The files that a pull request changes, as it stands now. */
export async function listChangedFiles(
  { request, at }: RepositoryForge,
  number: number,
): Promise<ChangedFile[]> {
  const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";
  // Without their patches, of which there may be many.
  const files = await readPages(async (page) => {
    const { data } = await request(route, { ...at, pull_number: number, per_page: pageSize, page });
    return data.map(({ filename, patch }) => ({ path: filename, line: firstAddedLine(patch ?? "") }));
  }, mostFiles);
  return files.filter(({ path }) => Buffer.byteLength(JSON.stringify(path)) <= longestPathBytes);
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
