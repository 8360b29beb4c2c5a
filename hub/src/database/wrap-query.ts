import type { ClientBase, QueryConfig, QueryResult } from "pg";

export type Ask = (query: string | QueryConfig, parameters?: unknown[]) => Promise<QueryResult>;

type Done = (error: Error | undefined, result?: QueryResult) => void;

/** Puts something around all that is asked on a connection: drizzle wants a promise of it, the pool calls back. */
export function wrapQuery(client: ClientBase, wrap: (ask: Ask) => Ask): void {
  const wrapped = wrap(client.query.bind(client) as Ask);
  client.query = ((query: string | QueryConfig, parameters?: unknown[], done?: Done) => {
    const asked = wrapped(query, parameters);
    if (done === undefined) return asked;
    asked.then(
      (result) => done(undefined, result),
      (error) => done(error),
    );
  }) as ClientBase["query"];
}
