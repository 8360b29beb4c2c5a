import type { Actor } from "@seatrial/contracts/actor.ts";
import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { environments } from "../database/schema/environments.ts";
import { transact, type Wake } from "../database/transact.ts";
import { appendEnvironmentEvents, type NewEnvironmentEvent } from "./append-environment-events.ts";
import type { EnvironmentRow } from "./environment-row.ts";
import { findEnvironment, readEnvironment } from "./find-environment.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { noteChange } from "./note-change.ts";

/** What a change comes to; null: nothing is different, and nothing is written. */
export type EnvironmentChange = {
  readonly fields: Partial<typeof environments.$inferInsert>;
  readonly event: NewEnvironmentEvent;
};

/**
 * What every request of a person on an environment has in common: found in its project, locked, refused with
 * `environment_gone` when it is or is wished gone, and when it changes, with event, audit entry and outbox entry.
 */
export async function changeEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
  action: string,
  decide: (
    tx: Transaction,
    environment: EnvironmentRow,
    at: Date,
  ) => EnvironmentChange | null | Promise<EnvironmentChange | null>,
): Promise<Environment> {
  await findEnvironment(deps.database, project, environmentId);
  const by = { actor: caller.actor, at: deps.clock.now() };
  await transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, environmentId);
    refuseGone(environment);
    const change = await decide(tx, environment, by.at);
    if (change !== null) await writeChange(tx, wake, environment, change, { action, ...by });
  });
  return readEnvironment(deps.database, project, environmentId);
}

/** Writes a change of a locked environment: fields, event, audit entry, and outbox entries for who waits on it. */
export async function writeChange(
  tx: Transaction,
  wake: Wake,
  environment: EnvironmentRow,
  change: EnvironmentChange,
  by: { action: string; actor: Actor; at: Date },
): Promise<void> {
  const { id, projectId } = environment;
  const { action, actor, at } = by;
  await tx.update(environments).set(change.fields).where(eq(environments.id, id));
  await appendEnvironmentEvents(tx, { environmentId: id, projectId, at, actor }, [change.event]);
  await writeAudit(tx, { projectId, at, actor, action, subject: id, data: change.event.data });
  await noteChange(tx, wake, environment, at);
}

/** Throws `environment_gone` when it is removed or about to be: that is never taken back. */
export function refuseGone({ id, state, wanted }: EnvironmentRow): void {
  if (wanted !== "gone" && state !== "deleted") return;
  throw new SeatrialError(
    "environment_gone",
    `Environment ${id} is ${state === "deleted" ? "removed" : "being removed"}, and that is not taken back: create another.`,
  );
}
