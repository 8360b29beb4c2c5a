import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";

/**
 * Throws ForgeError `missing` while the forge shows no such commit: it lags behind its own events, and hides what a token
 * may not see for the moment.
 */
export async function confirmCommit({ request, at }: RepositoryForge, sha: string): Promise<void> {
  try {
    // Its files are told as well: one is enough.
    await request("GET /repos/{owner}/{repo}/commits/{ref}", { ...at, ref: sha, per_page: 1 });
  } catch (error) {
    // A sha that nobody has is refused (422) where a name would be missing.
    const isUnknown = error instanceof ForgeError && (error.kind === "missing" || error.kind === "refused");
    if (!isUnknown) throw error;
    const message = `${at.owner}/${at.repo} shows no commit ${sha.slice(0, 7)}: ${error.message}`;
    throw new ForgeError("missing", message, { cause: error });
  }
}
