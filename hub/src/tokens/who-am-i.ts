import { eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import type { Caller } from "../auth/caller.ts";
import { projects } from "../database/schema/projects.ts";

/** The caller's actor, scopes and project (null for tokens of the platform team and the worker). */
export async function whoAmI(deps: HubDeps, caller: Caller) {
  const scopes = [...caller.scopes];
  if (caller.projectId === null) return { actor: caller.actor, project: null, scopes };
  const [project] = await deps.database.select().from(projects).where(eq(projects.id, caller.projectId));
  return { actor: caller.actor, project: project?.name ?? null, scopes };
}
