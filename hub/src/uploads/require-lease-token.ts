import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { HubDeps, HubEnv } from "../app/hub-deps.ts";
import type { Queryable } from "../database/database.ts";
import { workItems } from "../database/schema/work.ts";
import type { WorkItem } from "../leases/attempt-context.ts";
import { isLeaseToken } from "../leases/lease-token.ts";
import { isLive, leaseStale } from "../leases/open-lease.ts";

export type LeaseEnv = { Variables: HubEnv["Variables"] & { item: WorkItem } };

/**
 * Route middleware for `/lease/v1/{lease}/…`: the token of this very lease while it lives, its work item as
 * `c.var.item`. Errors: `unauthenticated`, `lease_stale`.
 */
export function requireLeaseToken(deps: HubDeps) {
  return createMiddleware<LeaseEnv>(async (c, next) => {
    const lease = checkLeaseToken(deps, c);
    c.set("item", await requireLiveLease(deps.database, lease));
    await next();
  });
}

/** The lease in the path, whose token the request carries. Throws `unauthenticated`. */
export function checkLeaseToken(deps: HubDeps, c: Context): string {
  const lease = c.req.param("lease") ?? "";
  const token = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (!isLeaseToken(deps.settings.leaseSecret, lease, token))
    throw new SeatrialError("unauthenticated", "This route needs the token of this lease as Bearer.");
  return lease;
}

/** The work item of a lease that lives; `lease_stale` otherwise. */
export async function requireLiveLease(queryable: Queryable, lease: string): Promise<WorkItem> {
  const [item] = await queryable.select().from(workItems).where(eq(workItems.leaseId, lease));
  if (item === undefined || !isLive(item)) throw leaseStale(lease);
  return item;
}
