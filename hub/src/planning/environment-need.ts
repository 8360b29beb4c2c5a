import { eq } from "drizzle-orm";
import type { Queryable } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";
import { isProbeAwaited } from "../environments/probe-awaited.ts";
import type { Run } from "../leases/attempt-context.ts";

/** Whether a queued run may begin: its environment is there, is on its way, or will never be. */
export type EnvironmentNeed =
  | { is: "met"; environment: EnvironmentRow | null }
  | { is: "waiting"; reason: string }
  | { is: "hopeless"; reason: string };

/** The same for the run's environment as it stands now. */
export async function readEnvironmentNeed(queryable: Queryable, run: Run): Promise<EnvironmentNeed> {
  if (run.environmentId === null) return { is: "met", environment: null };
  const [row] = await queryable.select().from(environments).where(eq(environments.id, run.environmentId));
  if (row === undefined) return { is: "hopeless", reason: `environment ${run.environmentId} is not there` };
  const other = otherCommit(run, row);
  if (other !== null)
    return {
      is: "hopeless",
      reason: `environment ${row.name} is for commit ${other} by now, not for this one`,
    };
  return environmentNeed(run, row);
}

/**
 * A run of a pull request tests what its own commit deployed: updates of an environment that stands say which commit
 * they are for, and the one that was asked for last is what `generation` waits for.
 */
function otherCommit(run: Run, environment: EnvironmentRow): string | null {
  if (run.pullRequestId === null || run.pullRequestId !== environment.pullRequestId) return null;
  const wanted = environment.change?.sha ?? null;
  return wanted === (run.change?.sha ?? null) ? null : (wanted?.slice(0, 12) ?? "no one");
}

/**
 * A run begins when its environment is ready, applied as last asked for, and proved: by its own start when the run brought
 * it, else by a probe that was asked for with the run. Nobody waits for one that failed, that is being removed, or whose
 * probe was given up.
 */
export function environmentNeed(
  run: Pick<Run, "createdAt" | "environmentOwned">,
  environment: EnvironmentRow,
): EnvironmentNeed {
  const { name, state, wanted, reason } = environment;
  const because = reason === null ? "" : `: ${reason}`;
  if (state === "failed") return { is: "hopeless", reason: `environment ${name} failed${because}` };
  if (state === "deleted" || state === "deleting" || state === "stuck" || wanted === "gone")
    return {
      is: "hopeless",
      reason: `environment ${name} ${state === "deleted" ? "was" : "is being"} removed before the run began`,
    };
  const waitsFor = (what: string): EnvironmentNeed => {
    return { is: "waiting", reason: `waits for environment ${name}: ${what}` };
  };
  if (environment.queuePosition !== null) return waitsFor(reason?.replace(/^waits: /, "") ?? state);
  if (state !== "ready") return waitsFor(`${state}${because}`);
  if (environment.generation > environment.appliedGeneration) return waitsFor("updating");
  if (isProved(run, environment)) return { is: "met", environment };
  if (isProbeAwaited(environment)) return waitsFor(`proving its endpoints${because}`);
  return { is: "hopeless", reason: `environment ${name} is not proved${because}` };
}

function isProved(
  { createdAt, environmentOwned }: Pick<Run, "createdAt" | "environmentOwned">,
  { provedAt }: EnvironmentRow,
): boolean {
  return provedAt !== null && (environmentOwned || provedAt >= createdAt);
}
