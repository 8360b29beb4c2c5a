import type { Page } from "@seatrial/contracts/http/page.ts";
import { and, asc, eq, gt } from "drizzle-orm";
import { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ProjectRow } from "../auth/caller.ts";
import { tokens } from "../database/schema/projects.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { type TokenView, tokenView } from "./token-view.ts";

/** The project's tokens, also expired and revoked ones, by id. */
export async function listTokens(
  deps: HubDeps,
  project: ProjectRow,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<TokenView>> {
  const after = query.cursor === undefined ? "" : decodeCursor(query.cursor, z.string());
  const rows = await deps.database
    .select()
    .from(tokens)
    .where(and(eq(tokens.projectId, project.id), gt(tokens.id, after)))
    .orderBy(asc(tokens.id))
    .limit(query.limit + 1);
  const page = pageOf(rows, query.limit, (row) => row.id);
  return { ...page, items: page.items.map(tokenView) };
}
