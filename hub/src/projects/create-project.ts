import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { Project } from "@seatrial/contracts/projects/project.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import { projects } from "../database/schema/projects.ts";
import { transact } from "../database/transact.ts";
import { projectView } from "./project-view.ts";

/** Makes a project. Throws `conflict` when the name is taken. */
export async function createProject(
  deps: HubDeps,
  caller: Caller,
  input: { name: string; runningQuota: number; environmentQuota: number },
): Promise<Project> {
  const at = deps.clock.now();
  return transact(deps, async (tx) => {
    const [row] = await tx
      .insert(projects)
      .values({ id: newId("project"), createdAt: at, ...input })
      .onConflictDoNothing()
      .returning();
    if (row === undefined)
      throw new SeatrialError("conflict", `A project "${input.name}" exists already: choose another name.`);
    const { actor } = caller;
    await writeAudit(tx, {
      projectId: row.id,
      at,
      actor,
      action: "project.create",
      subject: row.id,
      data: input,
    });
    return projectView(row);
  });
}
