import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Project } from "@seatrial/contracts/projects/project.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { projects } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { workChannel } from "../notifications/channels.ts";
import { projectView } from "./project-view.ts";

/** Sets how much of a project may run at once. What runs above a smaller quota goes on. Throws `not_found`. */
export async function changeProject(
  deps: HubDeps,
  caller: Caller,
  name: string,
  change: { runningQuota: number },
): Promise<Project> {
  return transact(deps, async (tx, wake) => {
    const [row] = await tx.update(projects).set(change).where(eq(projects.name, name)).returning();
    if (row === undefined) throw new SeatrialError("not_found", `There is no project "${name}".`);
    const { actor } = caller;
    await writeAudit(tx, {
      projectId: row.id,
      at: deps.clock.now(),
      actor,
      action: "project.change",
      subject: row.id,
      data: change,
    });
    wake(workChannel);
    return projectView(row);
  });
}
