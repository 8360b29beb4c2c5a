import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { tokens } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { type TokenView, tokenView } from "./token-view.ts";

/** Revokes a token from the next request on. Repeating it changes nothing. Throws `not_found`. */
export async function revokeToken(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  tokenId: string,
): Promise<TokenView> {
  const at = deps.clock.now();
  return transact(deps, async (tx) => {
    const [row] = await tx
      .select()
      .from(tokens)
      .where(and(eq(tokens.id, tokenId), eq(tokens.projectId, project.id)))
      .for("update");
    if (row === undefined)
      throw new SeatrialError("not_found", `Project "${project.name}" has no such token.`);
    if (row.revokedAt !== null) return tokenView(row);
    await tx.update(tokens).set({ revokedAt: at }).where(eq(tokens.id, row.id));
    const { actor } = caller;
    await writeAudit(tx, { projectId: project.id, at, actor, action: "token.revoke", subject: row.id });
    return tokenView({ ...row, revokedAt: at });
  });
}
