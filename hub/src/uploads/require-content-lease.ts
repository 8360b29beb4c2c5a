import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import type { HubDeps, HubEnv } from "../app/hub-deps.ts";
import type { Queryable } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import { contents } from "../database/schema/projects.ts";
import { runs } from "../database/schema/runs.ts";
import { leaseStale } from "../leases/open-lease.ts";
import { isHeld } from "../operations/operation-lease.ts";
import { checkLeaseToken, requireLiveLease } from "./require-lease-token.ts";

type LeaseContent = { key: string; etag: string };
export type ContentEnv = { Variables: HubEnv["Variables"] & { content: LeaseContent } };

const found = { key: contents.blobKey, etag: contents.sha256 };

/**
 * Route middleware: the token of this very lease while it lives, and the content it works with as `c.var.content`: its
 * run's, or what its operation on an environment was claimed with. Errors: `unauthenticated`, `lease_stale`, `not_found`.
 */
export function requireContentLease(deps: HubDeps) {
  return createMiddleware<ContentEnv>(async (c, next) => {
    const lease = checkLeaseToken(deps, c);
    const ofOperation = await operationContent(deps.database, lease);
    const content = ofOperation ?? (await runContent(deps.database, lease));
    if (content === undefined) throw new SeatrialError("not_found", "This lease has no content.");
    c.set("content", content);
    await next();
  });
}

async function operationContent(queryable: Queryable, lease: string): Promise<LeaseContent | undefined> {
  const [operation] = await queryable.select().from(operations).where(eq(operations.leaseId, lease));
  if (operation === undefined) return undefined;
  if (!isHeld(operation)) throw leaseStale(lease);
  const { projectId, contentSha256 } = operation;
  const [content] = await queryable
    .select(found)
    .from(contents)
    .where(and(eq(contents.projectId, projectId), eq(contents.sha256, contentSha256 ?? "")));
  return content;
}

async function runContent(queryable: Queryable, lease: string): Promise<LeaseContent | undefined> {
  const item = await requireLiveLease(queryable, lease);
  const [content] = await queryable
    .select(found)
    .from(runs)
    .innerJoin(contents, eq(contents.id, runs.contentId))
    .where(eq(runs.id, item.runId));
  return content;
}
