import type { tokenSchema } from "@seatrial/contracts/projects/project.ts";
import type { z } from "zod";
import type { tokens } from "../database/schema/projects.ts";

export type TokenView = z.infer<typeof tokenSchema>;

/** A token as the API shows it: never its secret or hash. */
export function tokenView(row: typeof tokens.$inferSelect): TokenView {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
