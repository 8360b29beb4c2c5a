import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller, ProjectRow } from "../auth/caller.ts";
import { transact } from "../database/transact.ts";
import { findEnvironment, readEnvironment } from "./find-environment.ts";
import { lockEnvironment } from "./lock-environment.ts";
import { noteChange } from "./note-change.ts";
import { orderLine } from "./order-line.ts";
import { wishGone } from "./wish-gone.ts";

/** Wishes an environment gone, for good, also a pinned one or one under test. A repeat has its workflow look again. */
export async function deleteEnvironment(
  deps: HubDeps,
  caller: Caller,
  project: ProjectRow,
  environmentId: string,
): Promise<Environment> {
  const found = await findEnvironment(deps.database, project, environmentId);
  const { actor } = caller;
  const at = deps.clock.now();
  await transact(deps, async (tx, wake) => {
    const environment = await lockEnvironment(tx, environmentId);
    if (environment.state === "deleted") return;
    if (environment.wanted === "gone") return noteChange(tx, wake, environment, at);
    const data = { wanted: "gone", why: "it was deleted by hand" };
    await wishGone(tx, wake, environment, { at, actor, event: { type: "environment.wished", data } });
    const { projectId } = environment;
    await writeAudit(tx, { projectId, at, actor, action: "environment.delete", subject: environmentId });
  });
  if (found.queuePosition !== null) await orderLine(deps, project.id);
  return readEnvironment(deps.database, project, environmentId);
}
