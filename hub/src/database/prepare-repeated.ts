import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { type Ask, wrapQuery } from "./wrap-query.ts";

/** A statement is prepared when it comes for this time: what is asked once and never again would cost memory only. */
const preparedFromTime = 3;
/** At most so many: each connection and its server keep every one of them. */
const mostPrepared = 500;
/** Statements that are counted and not prepared yet. Beyond this the count begins anew. */
const mostCounted = 2_000;
/** Long lists come in all lengths, and each length is another statement. */
const mostParameters = 100;

/**
 * What the server says of a prepared statement that it has no longer, whose columns have other types since, or that it
 * has already of another who had the session.
 */
const staleCodes = new Set(["26000", "0A000", "42P05"]);

/** The name under which a statement is prepared; null for one that has not come often enough. */
export type NameOf = (statement: string) => string | null;

export function createNames(): NameOf {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  return (statement) => {
    const known = names.get(statement);
    if (known !== undefined) return known;
    if (names.size >= mostPrepared) return null;
    const times = (counts.get(statement) ?? 0) + 1;
    if (times < preparedFromTime) {
      if (counts.size >= mostCounted) counts.clear();
      counts.set(statement, times);
      return null;
    }
    counts.delete(statement);
    const name = nameFor(statement);
    names.set(statement, name);
    return name;
  };
}

/**
 * By what it says: behind a pooler that knows nothing of prepared statements, replicas meet each other's names. Of 63
 * characters at most, as the server keeps no more.
 */
function nameFor(statement: string): string {
  return `s${createHash("sha256").update(statement).digest("base64url").slice(0, 24)}`;
}

/**
 * Has a connection prepare the statements that come again and again, which else are parsed and planned anew each time:
 * drizzle names none of them. A connection of which the server wants none any more goes on without.
 */
export function prepareRepeated(client: ClientBase, nameOf: NameOf): void {
  let isTrusted = true;
  const prepared =
    (ask: Ask): Ask =>
    async (query, parameters = []) => {
      const isShort = parameters.length > 0 && parameters.length <= mostParameters;
      const name = isTrusted && isShort && typeof query === "object" ? nameOf(query.text) : null;
      if (name === null || typeof query === "string") return ask(query, parameters);
      try {
        return await ask({ ...query, name }, parameters);
      } catch (error) {
        if (!isStale(error)) throw error;
        isTrusted = false;
        // Within a transaction that is over by this error the server refuses this one as well.
        return ask(query, parameters).catch(() => Promise.reject(error));
      }
    };
  wrapQuery(client, prepared);
}

const isStale = (error: unknown) =>
  error instanceof Error && "code" in error && staleCodes.has(String(error.code));
