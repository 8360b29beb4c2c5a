import { sleep } from "@seatrial/contracts/time/clock.ts";
import { persist } from "../persist.ts";
import type { World } from "../world.ts";
import type { ChangeState } from "./change-run.ts";

/** From the fault's end, in seconds: until something moved again, and until run and environment were over. */
export type Recovery = { progressSeconds: number; overSeconds: number };

/** What shows that work goes on. */
const progress: ReadonlySet<string> = new Set([
  "attempt.running",
  "attempt.finished",
  "run.planned",
  "run.finished",
  "environment.operation",
  "environment.deleted",
]);

/** By the hub's own times of events; zero where everything was over before the fault's end. */
export async function findRecovery(
  { project }: World,
  { run, environment }: ChangeState,
  mendedAt: number,
): Promise<Recovery> {
  const times: number[] = [];
  const note = (type: string, at: string) => {
    if (progress.has(type)) times.push(Date.parse(at));
  };
  for await (const { type, at } of project.followEvents(run.id, { sleep })) note(type, at);
  if (environment !== null) {
    let cursor: string | undefined;
    do {
      const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
      const page = await persist(() => project.listEnvironmentEvents(environment.id, query));
      for (const { type, at } of page.items) note(type, at);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  const after = times.filter((time) => time >= mendedAt).sort((one, other) => one - other);
  const seconds = (time: number | undefined) =>
    time === undefined ? 0 : Math.round((time - mendedAt) / 100) / 10;
  return { progressSeconds: seconds(after[0]), overSeconds: seconds(after.at(-1)) };
}
