import type { Applied } from "@seatrial/contracts/worker-protocol/schedules.ts";
import { and, eq, gte, lte } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { schedules } from "../database/schema/schedules.ts";

/** Temporal has this generation, or does not take it and says why. What is said of an older one changes nothing. */
export async function noteApplied(
  { database }: Pick<HubDeps, "database">,
  id: string,
  { generation, problem }: Applied,
): Promise<void> {
  const isNews =
    problem === null ? lte(schedules.appliedGeneration, generation) : lte(schedules.generation, generation);
  const applied = problem === null ? { appliedGeneration: generation } : {};
  await database
    .update(schedules)
    .set({ ...applied, problem })
    .where(and(eq(schedules.id, id), isNews, gte(schedules.generation, generation)));
}
