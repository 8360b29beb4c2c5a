import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { ChangeProject, Project } from "@seatrial/contracts/projects/project.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { projects } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { orderLine } from "../environments/order-line.ts";
import { operationsChannel, workChannel } from "../notifications/channels.ts";
import { projectView } from "./project-view.ts";

/**
 * Sets how much of a project may run and how many environments it may have at once. What is above a smaller quota goes
 * on. Throws `not_found`.
 */
export async function changeProject(
  deps: HubDeps,
  caller: Caller,
  name: string,
  { runningQuota, environmentQuota }: ChangeProject,
): Promise<Project> {
  const change = {
    ...(runningQuota === undefined ? {} : { runningQuota }),
    ...(environmentQuota === undefined ? {} : { environmentQuota }),
  };
  const project = await transact(deps, async (tx, wake) => {
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
    wake(workChannel, operationsChannel);
    return row;
  });
  if (environmentQuota !== undefined) await orderLine(deps, project.id);
  return projectView(project);
}
