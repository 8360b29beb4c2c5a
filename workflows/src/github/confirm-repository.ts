import type { RepositoryPlace } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";

/**
 * The forge's own number of the repository that is asked. After a move or a removal the name is free, and whoever takes
 * it could have their commits tested and their word count. Throws ForgeError `denied` when it is not the one that was
 * connected, as far as its number is known.
 */
export async function confirmRepository(
  { request, at }: RepositoryForge,
  place: RepositoryPlace,
): Promise<number> {
  const { data } = await request("GET /repos/{owner}/{repo}", at);
  const { name, forgeId = null } = place;
  const id = Number(data.id);
  if (forgeId === null || forgeId === id) return id;
  throw new ForgeError(
    "denied",
    `another repository has the name ${name} now: if it is meant, disconnect the name and connect it again`,
  );
}
