import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import type { ConnectRepository, Repository } from "@seatrial/contracts/repositories/repository.ts";
import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { writeAudit } from "../audit/write-audit.ts";
import type { Caller } from "../auth/caller.ts";
import type { Transaction } from "../database/database.ts";
import { projects } from "../database/schema/projects.ts";
import { repositories } from "../database/schema/pull-requests.ts";
import { transact, type Wake } from "../database/transact.ts";
import { isNamed } from "./find-repository.ts";
import { noteRepository } from "./note-repository.ts";
import { repositoryView } from "./repository-view.ts";

/**
 * From now on pull requests of this repository are the project's; the first sweep finds those that are open. The same
 * again answers with what is there. Throws `not_found` for the project, `conflict` when another project has it.
 */
export async function connectRepository(
  deps: HubDeps,
  caller: Caller,
  projectName: string,
  input: ConnectRepository,
): Promise<{ created: boolean; repository: Repository }> {
  return transact(deps, async (tx, wake) => {
    const [project] = await tx.select().from(projects).where(eq(projects.name, projectName));
    if (project === undefined) throw new SeatrialError("not_found", `There is no project "${projectName}".`);
    const row = await insert(tx, wake, caller, project.id, input, deps.clock.now());
    if (row !== undefined) return { created: true, repository: repositoryView(row, projectName) };
    const [known] = await tx.select().from(repositories).where(isNamed(input.name));
    if (known?.projectId === project.id)
      return { created: false, repository: repositoryView(known, projectName) };
    throw new SeatrialError(
      "conflict",
      `Repository ${input.name} is connected to another project, and it can be to one only: disconnect it there first.`,
    );
  });
}

async function insert(
  tx: Transaction,
  wake: Wake,
  { actor }: Caller,
  projectId: string,
  { name, installationId }: ConnectRepository,
  at: Date,
) {
  const id = newId("repository");
  const [row] = await tx
    .insert(repositories)
    .values({
      ...{ id, projectId, forge: "github", name, installationId, createdBy: actor, createdAt: at },
    })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) return undefined;
  const data = { name, installationId };
  await writeAudit(tx, { projectId, at, actor, action: "repository.connect", subject: id, data });
  await noteRepository(tx, wake, row, at);
  return row;
}
