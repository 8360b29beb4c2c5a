import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { hubSecrets } from "./schema/hub-secrets.ts";

/** A secret of 32 random bytes that all replicas on this database share; made at its first use. */
export async function loadHubSecret(database: Database, name: string): Promise<Uint8Array> {
  const fresh = randomBytes(32).toString("base64url");
  await database.insert(hubSecrets).values({ name, value: fresh }).onConflictDoNothing();
  const [row] = await database.select().from(hubSecrets).where(eq(hubSecrets.name, name));
  if (row === undefined) throw new Error(`The hub's secret "${name}" vanished while it was read.`);
  return new Uint8Array(Buffer.from(row.value, "base64url"));
}
