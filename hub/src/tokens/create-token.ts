import { newId } from "@seatrial/contracts/ids.ts";
import type { createTokenSchema } from "@seatrial/contracts/projects/project.ts";
import type { z } from "zod";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { hashSecret, newSecret } from "../auth/secrets.ts";
import { tokens } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { type TokenView, tokenView } from "./token-view.ts";

/** Makes a token of the project. The secret is in this answer and nowhere else. */
export async function createToken(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  input: z.infer<typeof createTokenSchema>,
): Promise<TokenView & { secret: string }> {
  const at = deps.clock.now();
  const secret = newSecret("st");
  const row = {
    id: newId("token"),
    projectId: project.id,
    name: input.name,
    secretSha256: hashSecret(secret),
    scopes: [...new Set(input.scopes)],
    createdAt: at,
    expiresAt: new Date(at.getTime() + input.expiresInSeconds * 1_000),
    revokedAt: null,
    lastUsedAt: null,
  };
  await transact(deps, async (tx) => {
    await tx.insert(tokens).values(row);
    const data = { name: row.name, scopes: row.scopes, expiresAt: row.expiresAt.toISOString() };
    const { actor } = caller;
    await writeAudit(tx, { projectId: project.id, at, actor, action: "token.create", subject: row.id, data });
  });
  return { ...tokenView(row), secret };
}
