import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { desc, eq, inArray } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { pullRequestEnvironments } from "../database/schema/pull-requests.ts";
import { expiresAt } from "../environments/expiry.ts";

type EnvironmentPart = PullRequest["environments"][number];

/** The newest environment of each name, by the pull request's id: what it has, or what became of it. */
export async function readShownEnvironments(
  queryable: Queryable,
  ids: readonly string[],
): Promise<Map<string, EnvironmentPart[]>> {
  const rows = await queryable
    .select({ entry: pullRequestEnvironments, environment: environments })
    .from(pullRequestEnvironments)
    .innerJoin(environments, eq(environments.id, pullRequestEnvironments.environmentId))
    .where(inArray(pullRequestEnvironments.pullRequestId, [...ids]))
    .orderBy(desc(pullRequestEnvironments.createdAt), desc(pullRequestEnvironments.environmentId));
  const own = Map.groupBy(rows, ({ entry }) => entry.pullRequestId);
  const newest = [...own].map(([id, found]) => {
    const byName = new Map<string, EnvironmentPart>();
    for (const { entry, environment } of found)
      if (!byName.has(entry.name)) byName.set(entry.name, environmentPart(entry.name, environment));
    return [id, [...byName.values()].sort((left, right) => (left.name < right.name ? -1 : 1))] as const;
  });
  return new Map(newest);
}

function environmentPart(name: string, row: typeof environments.$inferSelect): EnvironmentPart {
  const { id: environmentId, state, reason, queuePosition } = row;
  const urls = Object.fromEntries(row.endpoints.map((endpoint) => [endpoint.name, endpoint.url]));
  return { name, environmentId, state, reason, queuePosition, urls, expiresAt: expiresAt(row).toISOString() };
}
