import type { Project } from "@seatrial/contracts/projects/project.ts";
import type { projects } from "../database/schema/projects.ts";

/** A project as the API shows it. */
export function projectView(row: typeof projects.$inferSelect): Project {
  const { id, name, runningQuota, environmentQuota, createdAt } = row;
  return { id, name, runningQuota, environmentQuota, createdAt: createdAt.toISOString() };
}
