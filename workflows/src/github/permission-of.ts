import type { judgeCommandSchema } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { z } from "zod";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";

export type Permission = z.infer<typeof judgeCommandSchema>["permission"];

const known: readonly Permission[] = ["none", "read", "triage", "write", "maintain", "admin"];
const isKnown = (text: string): text is Permission => known.some((each) => each === text);

/** What somebody may do in the repository. An organisation's own role counts as what it is based on. */
export async function permissionOf({ request, at }: RepositoryForge, login: string): Promise<Permission> {
  try {
    const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
    const { data } = await request(route, { ...at, username: login });
    if (isKnown(data.role_name)) return data.role_name;
    return isKnown(data.permission) ? data.permission : "none";
  } catch (error) {
    // No such person, or nobody of a private repository.
    if (error instanceof ForgeError && error.kind === "missing") return "none";
    throw error;
  }
}
