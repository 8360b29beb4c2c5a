import {
  type OperationState,
  operationFailures,
  operationIsOver,
} from "@seatrial/contracts/environments/lifecycle.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { desc, eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments, operations } from "../database/schema/environments.ts";
import type { EnvironmentRow, OperationRow } from "./environment-row.ts";
import { expiresAt } from "./expiry.ts";
import { isProbeAwaited } from "./probe-awaited.ts";

/** Failures in a row are counted no further: no decision depends on more. */
const countedOperations = 50;

/** Read after every signal: without templates, steps and evidence, which are large. */
const factColumns = {
  kind: operations.kind,
  number: operations.number,
  state: operations.state,
  generation: operations.generation,
  failureCode: operations.failureCode,
  createdAt: operations.createdAt,
  endedAt: operations.endedAt,
};
type FactRow = Pick<OperationRow, keyof typeof factColumns>;

/** What an environment's workflow decides by: no secret, no text of its project. Throws `not_found`. */
export async function readFacts(
  queryable: Queryable,
  environmentId: string,
  now: Date,
): Promise<EnvironmentFacts> {
  const [row] = await queryable.select().from(environments).where(eq(environments.id, environmentId));
  if (row === undefined)
    throw new SeatrialError("not_found", `There is no environment "${environmentId.slice(0, 40)}".`);
  const newest = await queryable
    .select(factColumns)
    .from(operations)
    .where(eq(operations.environmentId, environmentId))
    .orderBy(desc(operations.number))
    .limit(countedOperations);
  return {
    id: row.id,
    state: row.state,
    wanted: row.wanted,
    generation: row.generation,
    appliedGeneration: row.appliedGeneration,
    proveWanted: isProbeAwaited(row),
    expiresInSeconds: Math.max(0, (expiresAt(row).getTime() - now.getTime()) / 1_000),
    operation: operationFacts(row, newest, now),
  };
}

function operationFacts(row: EnvironmentRow, newest: readonly FactRow[], now: Date) {
  const [last] = newest;
  if (last === undefined) return null;
  const { kind, number, state, generation, endedAt } = last;
  return {
    kind,
    number,
    state,
    generation,
    retryable: isRetryable(last),
    failuresInRow: failuresInRow(row, newest, last),
    endedSecondsAgo:
      endedAt === null || !operationIsOver(state)
        ? null
        : Math.max(0, (now.getTime() - endedAt.getTime()) / 1_000),
  };
}

function isRetryable({ state, failureCode }: FactRow): boolean {
  if (state === "lost" || state === "cancelled") return true;
  return state === "failed" && failureCode !== null && operationFailures[failureCode];
}

const failed: ReadonlySet<OperationState> = new Set<OperationState>(["failed", "lost"]);

/** What these apply is a generation: the failures of another template or commit say nothing about this one. */
const applying: ReadonlySet<OperationRow["kind"]> = new Set<OperationRow["kind"]>(["up", "update"]);

/** A probe that failed before anybody asked this time is no answer to the question, so it does not count. */
function failuresInRow(row: EnvironmentRow, newest: readonly FactRow[], last: FactRow): number {
  const asked = last.kind === "prove" ? row.proveAfter : null;
  const end = newest.findIndex((operation) => {
    const isOld = asked !== null && operation.createdAt < asked;
    const isOfOther = applying.has(last.kind) && operation.generation !== last.generation;
    return operation.kind !== last.kind || !failed.has(operation.state) || isOld || isOfOther;
  });
  return end < 0 ? newest.length : end;
}
