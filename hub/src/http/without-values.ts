import { DrizzleQueryError } from "drizzle-orm";

/**
 * An error fit for the log. A query that failed carries its values (a suite's environment, hashes of secrets, a pull
 * request's text), in its message, its stack and its cause: only its SQL, the cause's message and the frames stay.
 */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof DrizzleQueryError)) return error;
  const cause = error.cause instanceof Error ? error.cause.message : "unknown";
  const clean = new Error(`A query failed: ${cause}. ${error.query.slice(0, 2_000)}`);
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  clean.stack = [clean.message, ...frames].join("\n");
  return clean;
}
