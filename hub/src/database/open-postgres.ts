import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Database, OpenDatabase } from "./database.ts";

const oldestVersion = 150_000;

/**
 * A Postgres server, 15 or later, by URL. A Unix socket's folder goes in `host`, as in libpq:
 * `postgres://user@localhost/name?host=/run/postgresql`. Throws `invalid_configuration` for an older server.
 */
export async function openPostgres(url: string, connections: number): Promise<OpenDatabase> {
  const [{ default: postgres }, { drizzle }] = await Promise.all([
    import("postgres"),
    import("drizzle-orm/postgres-js"),
  ]);
  const { address, host } = separateSocket(url);
  const client = postgres(address, {
    max: connections,
    onnotice: () => undefined,
    ...(host ? { host } : {}),
  });
  try {
    const [row] = await client<
      { version: string }[]
    >`select current_setting('server_version_num') as version`;
    if (Number(row?.version) < oldestVersion) throw tooOld(row?.version);
  } catch (error) {
    await client.end({ timeout: 1 });
    throw error;
  }
  return {
    kind: "postgres",
    database: drizzle({ client }) as unknown as Database,
    async listen(channel, onPayload) {
      const { unlisten } = await client.listen(channel, onPayload);
      return unlisten;
    },
    close: () => client.end({ timeout: 5 }),
  };
}

function separateSocket(url: string): { address: string; host: string | null } {
  const address = new URL(url);
  const host = address.searchParams.get("host");
  address.searchParams.delete("host");
  return { address: address.href, host };
}

function tooOld(version: string | undefined): SeatrialError {
  return new SeatrialError(
    "invalid_configuration",
    `The database server says it is version ${version ?? "unknown"}; Seatrial needs PostgreSQL 15 or later.`,
  );
}
