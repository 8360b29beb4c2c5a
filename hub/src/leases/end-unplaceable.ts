import { exitSchema } from "@seatrial/contracts/runs/exit.ts";
import { and, eq, isNotNull } from "drizzle-orm";
import { workItems } from "../database/schema/work.ts";
import { transact } from "../database/transact.ts";
import { systemActor } from "../events/append-events.ts";
import { cutText } from "../reports/safe-text.ts";
import { lockRun, readAttempt } from "./attempt-context.ts";
import { endAttempt } from "./end-attempt.ts";
import type { LeaseDeps } from "./lease-deps.ts";

/** Errors a shard that no cluster could take for too long. Nothing happens when it was taken meanwhile. */
export async function endUnplaceable(
  deps: LeaseDeps,
  seen: { id: string; runId: string },
  reason: string,
): Promise<void> {
  await transact(deps, async (tx, wake) => {
    const run = await lockRun(tx, seen.runId);
    const isStill = and(
      eq(workItems.id, seen.id),
      eq(workItems.state, "queued"),
      isNotNull(workItems.unplaceableSince),
    );
    const [item] = await tx.select().from(workItems).where(isStill).for("update");
    if (item === undefined || run.cancelRequestedAt !== null) return;
    const context = await readAttempt(tx, item.attemptId);
    const message = unplaceableText(deps.settings.unplaceableSeconds, reason.replace(/^waits: /, ""));
    await endAttempt(tx, wake, run, item, context, {
      state: "errored",
      message,
      exit: exitSchema.parse({ reason: "unplaceable", exitCode: null, message }),
      at: deps.clock.now(),
      actor: systemActor,
    });
  });
}

/** For people, of a shard or an environment. */
export function unplaceableText(seconds: number, why: string): string {
  const waited = seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
  return cutText(`no cluster could take it for ${waited}: ${why}`, 2_000);
}
