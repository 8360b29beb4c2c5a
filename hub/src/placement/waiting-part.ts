import type { PlacementReason, Waiting } from "@seatrial/contracts/placement/placement.ts";
import type { Caller } from "../auth/caller.ts";
import type { Opinion } from "./explain-waiting.ts";
import { nearestObstacles } from "./nearest-obstacle.ts";

/** What waits: of which project, since when, and behind how many. */
export type Waiter = { readonly projectId: string; readonly since: Date; readonly ahead: number };

/** What a caller is told of something that waits. */
export function waitingPart(
  caller: Caller,
  { projectId, since, ahead }: Waiter,
  opinions: readonly Opinion[],
  now: Date,
): Waiting {
  const own = opinions.filter((opinion) => maySee(caller, projectId, opinion));
  return {
    sinceSeconds: Math.max(0, (now.getTime() - since.getTime()) / 1_000),
    ahead,
    reasons: own.length === 0 && opinions.length > 0 ? [noneOpen] : nearestObstacles(own),
    clusters: own.map(({ cluster, against }) => ({ cluster: cluster.name, against })),
  };
}

/** All that a project is told of clusters which it may not see. */
const noneOpen: PlacementReason = { code: "projects", message: "no cluster is open to this project" };

/** As in the list of clusters: those that are not open to a project are shown to `admin` alone. */
function maySee(caller: Caller, projectId: string, { cluster }: Opinion): boolean {
  return caller.scopes.includes("admin") || (cluster.projectIds?.includes(projectId) ?? true);
}
