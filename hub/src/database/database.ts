import type { PgDatabase, PgQueryResultHKT, PgTransaction } from "drizzle-orm/pg-core";

/**
 * A Drizzle handle that PGlite and Postgres both satisfy. Never use it inside a transaction: PGlite has one
 * connection, so the call would wait for the transaction that waits for it.
 */
export type Database = PgDatabase<PgQueryResultHKT>;

/** The handle inside a transaction. */
export type Transaction = PgTransaction<PgQueryResultHKT>;

/** What a function takes that only reads, inside a transaction or outside. */
export type Queryable = Database | Transaction;

/** An open database with what Drizzle does not cover: LISTEN, and closing. */
export type OpenDatabase = {
  readonly kind: "pglite" | "postgres";
  readonly database: Database;
  /**
   * Calls back with the payload of each NOTIFY on the channel, over one connection that is kept (and renewed when it
   * breaks). The answer ends it.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  /** Ends all connections; queries after it fail. */
  close(): Promise<void>;
};
