import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import { operationIsOver } from "@seatrial/contracts/environments/lifecycle.ts";
import { and, eq, gte, inArray, isNull, or, sql } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { operations } from "../database/schema/environments.ts";
import { attempts } from "../database/schema/runs.ts";
import { workItems } from "../database/schema/work.ts";
import type { Wake } from "../database/transact.ts";
import type { OperationRow } from "../environments/environment-row.ts";
import { lockEnvironment } from "../environments/lock-environment.ts";
import { openOperationOf, queueOperation } from "../environments/queue-operation.ts";
import type { Attempt, AttemptContext, Run } from "../leases/attempt-context.ts";
import { decisiveEvidence } from "./decisive-evidence.ts";
import { environmentSilence, unreachableText } from "./environment-silence.ts";

/** How long a red attempt waits for the evidence of its environment before it is settled without. */
export const evidencePatienceSeconds = 120;

/** What became of an environment under a red attempt. */
export type EnvironmentJudgement =
  | { is: "waiting" }
  /** Nothing spoke against it. */
  | { is: "sound" }
  | { is: "unknown"; why: string }
  | { is: "broken"; evidence: readonly Evidence[] }
  /** Its cluster is silent: whatever the test saw, it says nothing. */
  | { is: "unreachable"; why: string };

/**
 * Asks whether the environment broke under an attempt that ended red. It did when an operation changed it meanwhile, or
 * when its provisioner finds evidence; for that, one probe is queued for all attempts that wait. When its cluster is silent
 * for longer than a lease, nobody can tell. The answer never takes
 * longer than `evidencePatienceSeconds`, whatever became of environment and cluster. The run must be locked.
 */
export async function judgeEnvironment(
  tx: Transaction,
  wake: Wake,
  run: Run,
  { attempt, shard }: AttemptContext,
  { at, leaseSeconds }: { at: Date; leaseSeconds: number },
): Promise<EnvironmentJudgement> {
  const isRed = attempt.state === "failed" || attempt.state === "errored";
  const reason = attempt.exit?.reason;
  const isKnown = reason === "environment_lost" || reason === "cluster_drained";
  const isAsked = isRed && !isKnown && shard.kind === "test" && run.cancelRequestedAt === null;
  if (run.environmentId === null || !isAsked) return { is: "sound" };
  const probe = await probeOf(tx, attempt);
  const hasAnswer = probe?.state === "succeeded" || probe?.state === "failed";
  const silence = hasAnswer ? null : await environmentSilence(tx, run.environmentId, at, leaseSeconds);
  if (silence !== null) return { is: "unreachable", why: unreachableText(silence) };
  if (probe !== undefined && operationIsOver(probe.state)) return judgeProbe(probe, attempt);
  const endedAt = await endOf(tx, attempt);
  if (at.getTime() - endedAt.getTime() >= evidencePatienceSeconds * 1_000)
    return { is: "unknown", why: `no provisioner told within ${evidencePatienceSeconds} s` };
  if (probe !== undefined) return { is: "waiting" };
  const changes = await changesDuring(tx, run.environmentId, attempt, endedAt);
  return changes.length > 0
    ? { is: "broken", evidence: changes }
    : askForEvidence(tx, wake, run.environmentId, attempt, at);
}

async function probeOf(tx: Transaction, { evidenceOperationId }: Attempt): Promise<OperationRow | undefined> {
  if (evidenceOperationId === null) return undefined;
  const [probe] = await tx.select().from(operations).where(eq(operations.id, evidenceOperationId));
  return probe;
}

function judgeProbe(probe: OperationRow, attempt: Attempt): EnvironmentJudgement {
  const { state, failureCode, failureMessage } = probe;
  const refused: Evidence[] =
    failureCode === "not_proved"
      ? [{ at: null, kind: "probe", object: "endpoints", message: failureMessage ?? "" }]
      : [];
  const evidence = decisiveEvidence([...probe.evidence, ...refused], attempt);
  if (evidence.length > 0) return { is: "broken", evidence };
  if (state === "succeeded") return { is: "sound" };
  return {
    is: "unknown",
    why: `the probe was ${state}${failureMessage === null ? "" : `: ${failureMessage}`}`,
  };
}

/** By the hub's clock: an attempt's own times are its agent's. */
async function endOf(tx: Transaction, attempt: Attempt): Promise<Date> {
  const [item] = await tx
    .select({ finishedAt: workItems.finishedAt })
    .from(workItems)
    .where(eq(workItems.attemptId, attempt.id));
  return item?.finishedAt ?? attempt.endedAt ?? attempt.createdAt;
}

/** Operations that changed the environment while the attempt ran, by the hub's clock on both sides. */
async function changesDuring(
  tx: Transaction,
  environmentId: string,
  attempt: Attempt,
  endedAt: Date,
): Promise<Evidence[]> {
  const rows = await tx
    .select({ kind: operations.kind, number: operations.number, startedAt: operations.startedAt })
    .from(operations)
    .where(
      and(
        eq(operations.environmentId, environmentId),
        inArray(operations.kind, ["update", "sleep", "wake", "down"]),
        sql`coalesce(${operations.startedAt}, ${operations.leasedAt}) <= ${endedAt.toISOString()}::timestamptz`,
        or(isNull(operations.endedAt), gte(operations.endedAt, attempt.leasedAt ?? attempt.createdAt)),
      ),
    )
    .orderBy(operations.number);
  return rows.map(({ kind, number, startedAt }) => ({
    at: startedAt?.toISOString() ?? null,
    kind: "event" as const,
    object: `operation ${number}`,
    message: `'${kind}' changed the environment while the test ran`,
  }));
}

/** One queued probe serves every attempt that waits; what else is open ends first, and the run is looked at again. */
async function askForEvidence(
  tx: Transaction,
  wake: Wake,
  environmentId: string,
  attempt: Attempt,
  at: Date,
): Promise<EnvironmentJudgement> {
  const environment = await lockEnvironment(tx, environmentId);
  const { state, wanted } = environment;
  if (wanted === "gone") return { is: "unknown", why: "it is being removed" };
  const open = await openOperationOf(tx, environmentId);
  const since = attempt.startedAt ?? attempt.leasedAt ?? attempt.createdAt;
  if (open?.state === "queued" && open.kind === "prove" && open.evidenceSince !== null) {
    const evidenceSince = open.evidenceSince < since ? open.evidenceSince : since;
    await tx.update(operations).set({ evidenceSince }).where(eq(operations.id, open.id));
    return waitFor(tx, attempt, open.id);
  }
  if (open !== undefined) return { is: "waiting" };
  if (state !== "ready") return { is: "unknown", why: `it is ${state}` };
  const id = await queueOperation(tx, wake, environment, { kind: "prove", evidenceSince: since, at });
  return waitFor(tx, attempt, id);
}

async function waitFor(
  tx: Transaction,
  attempt: Attempt,
  operationId: string,
): Promise<EnvironmentJudgement> {
  await tx.update(attempts).set({ evidenceOperationId: operationId }).where(eq(attempts.id, attempt.id));
  return { is: "waiting" };
}
