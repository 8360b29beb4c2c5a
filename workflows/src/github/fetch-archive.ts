import type { RepositoryForge } from "./create-github.ts";
import { type RepackedArchive, repackArchive } from "./repack-archive.ts";

/**
 * A commit's files as a content, written to `file`. Throws ForgeError, also `missing` for a commit that is gone, and
 * ArchiveProblem when they can never be one.
 */
export async function fetchArchive(
  { request, at }: RepositoryForge,
  sha: string,
  file: string,
  signal: AbortSignal,
): Promise<RepackedArchive> {
  // Answered by a way to another host, with a token of its own: fetch sends ours there not.
  const { data } = await request("GET /repos/{owner}/{repo}/tarball/{ref}", {
    ...{ ...at, ref: sha },
    request: { parseSuccessResponseBody: false },
  });
  return repackArchive(data as ReadableStream<Uint8Array>, file, signal);
}
