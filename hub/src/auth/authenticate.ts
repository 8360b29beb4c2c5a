import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { tokens } from "../database/schema/projects.ts";
import type { Caller } from "./caller.ts";
import { hashSecret } from "./secrets.ts";

const lastUsedEveryMs = 60_000;

/**
 * Finds out who sends a bearer token. Throws `unauthenticated`, `token_revoked` or `token_expired`. Notes the use of
 * a token at most once a minute.
 */
export async function authenticate(
  database: Database,
  authorization: string | undefined,
  now: Date,
): Promise<Caller> {
  const secret = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(authorization ?? "")?.[1];
  if (secret === undefined) throw noToken();
  const [token] = await database
    .select()
    .from(tokens)
    .where(eq(tokens.secretSha256, hashSecret(secret)));
  if (token === undefined) throw unknownToken();
  if (token.revokedAt !== null)
    throw new SeatrialError("token_revoked", `Token "${token.name}" was revoked: create another one.`);
  if (token.expiresAt <= now)
    throw new SeatrialError(
      "token_expired",
      `Token "${token.name}" expired at ${token.expiresAt.toISOString()}: create another one.`,
    );
  if (now.getTime() - (token.lastUsedAt?.getTime() ?? 0) >= lastUsedEveryMs)
    await noteUse(database, token.id, now);
  return {
    actor: { kind: token.scopes.includes("worker") ? "worker" : "token", id: token.id, name: token.name },
    tokenId: token.id,
    projectId: token.projectId,
    scopes: token.scopes,
  };
}

/** Never back in time: another replica may have noted a later use. */
async function noteUse(database: Database, tokenId: string, now: Date): Promise<void> {
  await database
    .update(tokens)
    .set({ lastUsedAt: now })
    .where(and(eq(tokens.id, tokenId), or(isNull(tokens.lastUsedAt), lt(tokens.lastUsedAt, now))));
}

function noToken(): SeatrialError {
  return new SeatrialError(
    "unauthenticated",
    "This route needs a token: send it as 'Authorization: Bearer <token>'.",
  );
}

function unknownToken(): SeatrialError {
  return new SeatrialError(
    "unauthenticated",
    "The hub does not know this token: check it, or create another one.",
  );
}
