import type { Actor } from "@seatrial/contracts/actor.ts";
import { and, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import type { PullRequestRow } from "../pull-requests/pull-request-row.ts";

/** Who starts a pull request's runs, ends them and brings its environments, as events and audit name it: `acme/shop#12`. */
export async function changeActor(queryable: Queryable, pullRequest: PullRequestRow): Promise<Actor> {
  const { id, repositoryId, projectId, number } = pullRequest;
  const [repository] = await queryable
    .select({ name: repositories.name })
    .from(repositories)
    .where(and(eq(repositories.id, repositoryId), eq(repositories.projectId, projectId)));
  return { kind: "integration", id, name: `${repository?.name ?? "pull request"}#${number}` };
}
