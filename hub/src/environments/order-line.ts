import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { transact, type Wake } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { appendEnvironmentEvents } from "./append-environment-events.ts";
import {
  type EnvironmentPlaces,
  lockEnvironmentQuota,
  readPlaces,
  standsInLine,
} from "./environment-quota.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { lineWords } from "./line-words.ts";
import { tellDependents } from "./note-change.ts";

type Deps = Pick<HubDeps, "database" | "notifications" | "clock">;
type Standing = Pick<EnvironmentRow, "id" | "queuePosition" | "reason">;

/**
 * Says at each environment of a project that stands in line for its quota which place it has, oldest first; the ones
 * that free places are for have none. What changed is an event, and the runs that wait for it are told. Call it after
 * the commit of what moved the line: the next tick does it as well. Repeating it changes nothing.
 */
export async function orderLine(deps: Deps, projectId: string): Promise<void> {
  await transact(deps, async (tx, wake) => {
    await lockEnvironmentQuota(tx, projectId);
    const line = await readLine(tx, projectId);
    if (line.length === 0) return;
    const { quota, held } = await readPlaces(tx, projectId);
    const free = Math.max(0, quota - held);
    // Who stands in line has all places in front of them: the free ones are as good as taken.
    const places = { quota, held: Math.max(quota, held) };
    for (const [index, standing] of line.entries())
      await stand(tx, wake, standing, index < free ? null : index - free + 1, places, deps.clock.now());
  });
}

/** The same for every project where environments wait. */
export async function orderLines(deps: Deps): Promise<void> {
  const waiting = await deps.database
    .selectDistinct({ projectId: environments.projectId })
    .from(environments)
    .where(standsInLine)
    .orderBy(environments.projectId);
  for (const { projectId } of waiting) await orderLine(deps, projectId);
}

function readLine(tx: Transaction, projectId: string): Promise<Standing[]> {
  const { id, queuePosition, reason, createdAt } = environments;
  return tx
    .select({ id, queuePosition, reason })
    .from(environments)
    .where(and(eq(environments.projectId, projectId), standsInLine))
    .orderBy(createdAt, id);
}

async function stand(
  tx: Transaction,
  wake: Wake,
  seen: Standing,
  queuePosition: number | null,
  places: EnvironmentPlaces,
  at: Date,
): Promise<void> {
  if (isSaid(seen, queuePosition, places)) return;
  const environment = await lockIfIdle(tx, seen.id);
  // Somebody works on it just now: its claim, its removal. The next look finds what came of it.
  if (environment === null || isSaid(environment, queuePosition, places)) return;
  const reason = reasonAt(environment, queuePosition, places);
  const { id: environmentId, projectId } = environment;
  await tx.update(environments).set({ queuePosition, reason }).where(eq(environments.id, environmentId));
  const data = { position: queuePosition, reason, ...places };
  await appendEnvironmentEvents(tx, { environmentId, projectId, at, actor: systemActor }, [
    { type: "environment.waiting", data },
  ]);
  await tellDependents(tx, wake, environment, at);
}

function isSaid(standing: Standing, queuePosition: number | null, places: EnvironmentPlaces): boolean {
  const isSameReason = standing.reason === reasonAt(standing, queuePosition, places);
  return standing.queuePosition === queuePosition && isSameReason;
}

/** Another reason, such as a key that does not open, is nearer than the line. */
function reasonAt(
  { reason, queuePosition: before }: Standing,
  queuePosition: number | null,
  places: EnvironmentPlaces,
): string | null {
  const isOther = reason !== null && !reason.startsWith("waits");
  if (isOther) return reason;
  if (queuePosition !== null) return lineWords(queuePosition, places);
  return before === null ? reason : null;
}

/** Many rows are locked here one after the other, others lock one and then want another: so nobody is waited for. */
async function lockIfIdle(tx: Transaction, id: string): Promise<EnvironmentRow | null> {
  const [row] = await tx
    .select()
    .from(environments)
    .where(and(eq(environments.id, id), standsInLine))
    .for("update", { skipLocked: true });
  return row ?? null;
}
