import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import { type Exit, exitSchema, infrastructureReasons } from "@seatrial/contracts/runs/exit.ts";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { attempts, results } from "../database/schema/runs.ts";
import type { NewEvent } from "../events/append-events.ts";
import { type AttemptContext, attemptFacts } from "../leases/attempt-context.ts";
import { moveAttempt } from "../leases/move-attempt.ts";
import { cutText } from "../reports/safe-text.ts";

const evidenceShown = 20;
const longestResultMessage = 2_000;

/**
 * Turns a red attempt whose environment broke under it into an errored one: its red results say nothing about the
 * change. The evidence stands in its exit, and the cause (`why`, else the first evidence) before each red result's message.
 */
export async function blameEnvironment(
  tx: Transaction,
  context: AttemptContext,
  evidence: readonly Evidence[],
  why?: string,
): Promise<{ context: AttemptContext; events: NewEvent[] }> {
  const { attempt } = context;
  const found = `environment: ${evidence[0] === undefined ? "it broke" : line(evidence[0])}`;
  const cause = cutText(why ?? found, 1_000);
  const exit = withEvidence(attempt.exit ?? null, evidence.map(line), cause);
  if (attempt.state === "failed") await moveAttempt(tx, attempt, "errored", { exit });
  else await tx.update(attempts).set({ exit }).where(eq(attempts.id, attempt.id));
  await tx
    .update(results)
    .set({
      outcome: "errored",
      message: sql`left(${cause}::text || coalesce(': ' || ${results.message}, ''), ${longestResultMessage})`,
    })
    .where(and(eq(results.attemptId, attempt.id), inArray(results.outcome, ["failed", "errored"])));
  const changed = { ...context, attempt: { ...attempt, state: "errored" as const, exit } };
  const data = { ...attemptFacts(changed), state: "errored", reason: exit.reason, message: cause };
  return { context: changed, events: [{ type: "attempt.finished", data }] };
}

/** Leaves the verdict, and says that the environment could not be asked. */
export async function noteUnknown(tx: Transaction, { attempt }: AttemptContext, why: string): Promise<void> {
  if (!attempt.exit) return;
  const note = cutText(`no evidence about the environment: ${why}`, 1_000);
  const evidence = [...attempt.exit.evidence.slice(0, evidenceShown - 1), note];
  const exit = { ...attempt.exit, evidence };
  await tx.update(attempts).set({ exit }).where(eq(attempts.id, attempt.id));
}

function withEvidence(exit: Exit | null, lines: readonly string[], cause: string): Exit {
  const known = exit ?? exitSchema.parse({ reason: "environment_lost", exitCode: null });
  const said = known.message === "" ? cause : `${cause} (${known.message})`;
  const evidence = [...lines.map((text) => cutText(text, 1_000)), ...known.evidence].slice(0, evidenceShown);
  // What another attempt may mend, such as an eviction, keeps its reason and is tried again.
  const reason = infrastructureReasons.has(known.reason) ? known.reason : ("environment_lost" as const);
  return { ...known, reason, message: cutText(said, 2_000), evidence };
}

function line({ at, kind, object, message }: Evidence): string {
  return `${kind} ${object}${at === null ? "" : ` at ${at}`}: ${message}`;
}
