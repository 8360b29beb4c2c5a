import type { PoolClient } from "pg";
import { wrapQuery } from "./wrap-query.ts";

/**
 * Takes a connection whose `begin` fails out of the pool. drizzle gives back what it took for a transaction only once that
 * has begun (0.45, `node-postgres/session.js`): each failure would take a connection from the pool for ever.
 */
export function releaseUnbegun(client: PoolClient): void {
  wrapQuery(client, (ask) => async (query, parameters) => {
    try {
      return await ask(query, parameters);
    } catch (error) {
      // Read now and not before: the pool makes another `release` for each who takes the connection.
      if (/^begin\b/.test(typeof query === "string" ? query : query.text)) client.release(true);
      throw error;
    }
  });
}
