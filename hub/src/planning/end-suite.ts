import type { Verdict } from "@seatrial/contracts/runs/lifecycle.ts";
import { eq } from "drizzle-orm";
import type { Transaction } from "../database/database.ts";
import { runSuites } from "../database/schema/runs.ts";
import type { NewEvent } from "../events/append-events.ts";
import type { RunSuite } from "../leases/attempt-context.ts";
import { cutText } from "../reports/safe-text.ts";

/** Gives a suite its verdict; `reason` is for people, null where the verdict says it all. Answers the event. */
export async function endSuite(
  tx: Transaction,
  suite: Pick<RunSuite, "id" | "name">,
  state: Verdict,
  reason: string | null,
): Promise<NewEvent[]> {
  const cut = reason === null ? null : cutText(reason, 2_000);
  await tx.update(runSuites).set({ state, reason: cut }).where(eq(runSuites.id, suite.id));
  return [{ type: "suite.finished", data: { suite: suite.name, state, reason: cut } }];
}
