import { attemptTransitions } from "@seatrial/contracts/runs/lifecycle.ts";
import { transact } from "../database/transact.ts";
import { appendEvents } from "../events/append-events.ts";
import type { Member } from "../members/require-proof.ts";
import { runChannel } from "../notifications/channels.ts";
import { agentActor, attemptFacts, readAttempt } from "./attempt-context.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import { moveAttempt } from "./move-attempt.ts";
import { noteReceived, openLease } from "./open-lease.ts";

export type Progress = {
  instance: string;
  state: "starting" | "running";
  at: string;
  pod: { namespace: string; name: string; node: string | null };
};

/** Notes how far an attempt's pod is. Repeats and steps backwards change nothing. Errors: as `openLease`. */
export async function noteProgress(
  deps: LeaseDeps,
  member: Member,
  leaseId: string,
  progress: Progress,
): Promise<{ state: string }> {
  return transact(deps, async (tx, wake) => {
    const holder = { memberId: member.id, instance: progress.instance };
    const at = deps.clock.now();
    const { run, item } = await openLease(tx, leaseId, holder);
    const context = await readAttempt(tx, item.attemptId);
    const { attempt } = context;
    if (!attemptTransitions[attempt.state].includes(progress.state)) return { state: attempt.state };
    const started = progress.state === "running" ? { startedAt: new Date(progress.at) } : {};
    await moveAttempt(tx, attempt, progress.state, { pod: progress.pod, ...started });
    await noteReceived(tx, item, at);
    const data = { ...attemptFacts(context), pod: progress.pod };
    const about = { runId: run.id, projectId: run.projectId, at, actor: agentActor(member) };
    await appendEvents(tx, about, [{ type: `attempt.${progress.state}` as const, data }]);
    wake(runChannel(run.id));
    return { state: progress.state };
  });
}
