import { mkdir } from "node:fs/promises";
import type { PGlite } from "@electric-sql/pglite";
import type { Database, OpenDatabase } from "./database.ts";

/** Postgres in WebAssembly inside this process: in memory, or in a folder that only this process opens. */
export async function openPglite(dataFolder: string | undefined): Promise<OpenDatabase> {
  // Imported here: a hub on a Postgres server never pays for the WebAssembly build.
  const [{ PGlite }, { drizzle }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("drizzle-orm/pglite"),
  ]);
  if (dataFolder !== undefined) await mkdir(dataFolder, { recursive: true });
  const client: PGlite = await PGlite.create(dataFolder === undefined ? {} : { dataDir: dataFolder });
  return {
    kind: "pglite",
    database: drizzle({ client }) as unknown as Database,
    async listen(channel, onPayload) {
      const unlisten = await client.listen(channel, onPayload);
      return async () => {
        if (!client.closed) await unlisten();
      };
    },
    async close() {
      if (!client.closed) await client.close();
    },
  };
}
