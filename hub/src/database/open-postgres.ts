import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { ClientBase, ClientConfig, Pool } from "pg";
import { atMost } from "./at-most.ts";
import type { Database, OpenDatabase } from "./database.ts";
import { keepListening } from "./keep-listening.ts";
import { limitAnswers } from "./limit-answers.ts";
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
/** After this without traffic the kernel asks whether the server is there still; its own two hours are too many. */
const keepAliveMs = 10_000;
/** Far more than any statement of the hub takes, with its wait for locks; nobody who asked waits so long himself. */
const usualAnswerMs = 120_000;
/** A stop waits so long for what is still asked. */
const usualCloseMs = 5_000;

export type PostgresLimits = {
  /** A connection on which an answer takes longer is broken. Null for a migration, which takes as long as it takes. */
  readonly answerMs?: number | null;
  /** How long a stop waits for a server that does not answer: for the listener, and for all others. */
  readonly closeMs?: number;
};

/**
 * A Postgres server, 15 or later, by URL. A Unix socket's folder goes in `host`, as in libpq:
 * `postgres://user@localhost/name?host=/run/postgresql`. `prepare=false` in it for a pooler that cannot keep prepared
 * statements; how long a transaction may idle is not set there either, since its sessions are those of others as well. Throws `invalid_configuration` for an older server, and for what is not a URL.
 */
export async function openPostgres(
  url: string,
  connections: number,
  { answerMs = usualAnswerMs, closeMs = usualCloseMs }: PostgresLimits = {},
): Promise<OpenDatabase> {
  const [{ default: pg }, { drizzle }] = await Promise.all([
    import("pg"),
    import("drizzle-orm/node-postgres"),
  ]);
  const { connectionString, mayPrepare, saysIdle } = readPostgresUrl(url);
  const how: ClientConfig = {
    connectionString,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    connectionTimeoutMillis: connectMs,
  };
  const pool = new pg.Pool({
    ...how,
    max: connections,
    idleTimeoutMillis: idleMs,
    // Asked for, not told with the start of a connection: PgBouncer refuses to connect where it is told what it does not know.
    onConnect: saysIdle || !mayPrepare ? undefined : limitIdle,
  });
  // A connection that breaks fails what is asked on it; by itself it must not end the process.
  pool.on("error", () => undefined);
  const nameOf = createNames();
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    if (answerMs !== null) limitAnswers(client, answerMs);
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
    listen: (channel, onPayload) =>
      keepListening({ open: () => new pg.Client(how), closeMs }, channel, onPayload),
    async close() {
      if (!pool.ending) await atMost(closeMs, pool.end());
    },
  };
}

async function limitIdle(client: ClientBase): Promise<void> {
  await client.query(`set idle_in_transaction_session_timeout = ${idleTransactionMs}`);
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
