import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { ClientConfig, Pool } from "pg";
import type { Database, OpenDatabase } from "./database.ts";
import { keepListening } from "./keep-listening.ts";
import { createNames, prepareRepeated } from "./prepare-repeated.ts";
import { readPostgresUrl } from "./read-postgres-url.ts";
import { releaseUnbegun } from "./release-unbegun.ts";

const oldestVersion = 150_000;
/** A connection that is not there after this, or gets free, is an error: whoever asked asks again. */
const connectMs = 30_000;
/** Unused connections are closed after this; what is prepared on them is gone then. */
const idleMs = 300_000;
/**
 * The server ends a transaction that asks nothing for so long: else a hub whose machine is gone keeps its locks. Planning
 * stores the cases of up to 500 shards one after another within a transaction, which may take a minute.
 */
const idleTransactionMs = 180_000;
/** A stop waits so long for what is still asked. */
const closeMs = 5_000;

/**
 * A Postgres server, 15 or later, by URL. A Unix socket's folder goes in `host`, as in libpq:
 * `postgres://user@localhost/name?host=/run/postgresql`. `prepare=false` in it for a pooler that cannot keep prepared
 * statements; such a one is also not told how long a transaction may idle, because PgBouncer refuses to connect where it is
 * told what it does not know. Throws `invalid_configuration` for an older server, and for what is not a URL.
 */
export async function openPostgres(url: string, connections: number): Promise<OpenDatabase> {
  const [{ default: pg }, { drizzle }] = await Promise.all([
    import("pg"),
    import("drizzle-orm/node-postgres"),
  ]);
  const { connectionString, mayPrepare } = readPostgresUrl(url);
  const how: ClientConfig = {
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    ...(mayPrepare && { idle_in_transaction_session_timeout: idleTransactionMs }),
  };
  const pool = new pg.Pool({ ...how, max: connections, idleTimeoutMillis: idleMs });
  // A connection that breaks fails what is asked on it; by itself it must not end the process.
  pool.on("error", () => undefined);
  const nameOf = createNames();
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    if (mayPrepare) prepareRepeated(client, nameOf);
    releaseUnbegun(client);
  });
  try {
    await requireVersion(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    kind: "postgres",
    database: drizzle({ client: pool }) as unknown as Database,
    listen: (channel, onPayload) => keepListening(() => new pg.Client(how), channel, onPayload),
    close: () => endPool(pool),
  };
}

async function requireVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  );
  const version = rows[0]?.version;
  if (Number(version) >= oldestVersion) return;
  throw new SeatrialError(
    "invalid_configuration",
    `The database server says it is version ${version ?? "unknown"}; Seatrial needs PostgreSQL 15 or later.`,
  );
}

async function endPool(pool: Pool): Promise<void> {
  if (pool.ending) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(resolve, closeMs);
  await Promise.race([pool.end(), promise]);
  clearTimeout(late);
}
