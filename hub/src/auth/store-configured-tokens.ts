import { newId } from "@seatrial/contracts/ids.ts";
import type { TokenScope } from "@seatrial/contracts/scopes.ts";
import { and, eq, isNull, ne } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { tokens } from "../database/schema/projects.ts";
import { hashSecret } from "./secrets.ts";

const lifetimeMs = 10 * 365 * 86_400_000;

/**
 * Makes the tokens of the configuration known, by hash. A token that the configuration named before and names no
 * more is revoked, so changing the value replaces it.
 */
export async function storeConfiguredTokens(
  database: Database,
  configured: { admin?: string | undefined; worker?: string | undefined },
  now: Date,
): Promise<void> {
  await database.transaction(async (tx) => {
    for (const scope of ["admin", "worker"] as const) {
      const secret = configured[scope];
      if (secret !== undefined) await storeOne(tx, scope, hashSecret(secret), now);
    }
  });
}

async function storeOne(database: Database, scope: TokenScope, hash: string, now: Date): Promise<void> {
  const name = `${scope} (configuration)`;
  const values = { name, scopes: [scope], createdAt: now, expiresAt: new Date(now.getTime() + lifetimeMs) };
  await database
    .insert(tokens)
    .values({ id: newId("token"), projectId: null, secretSha256: hash, ...values })
    .onConflictDoUpdate({
      target: tokens.secretSha256,
      set: { expiresAt: values.expiresAt, revokedAt: null },
    });
  await database
    .update(tokens)
    .set({ revokedAt: now })
    .where(
      and(
        eq(tokens.name, name),
        isNull(tokens.projectId),
        ne(tokens.secretSha256, hash),
        isNull(tokens.revokedAt),
      ),
    );
}
