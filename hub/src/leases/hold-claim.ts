import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { leasesTold } from "@seatrial/contracts/agent-protocol/orders.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { Member } from "../members/require-proof.ts";
import { clusterChannel, operationsChannel, workChannel } from "../notifications/channels.ts";
import type { Subscription } from "../notifications/notifications.ts";
import { lookForOperations, noteOperationsTold } from "../operations/claim-operations.ts";
import { lookForNews, noteTold } from "./claim.ts";
import type { LeaseDeps } from "./lease-deps.ts";
import type { LookGate, Turn } from "./look-gate.ts";

const firstRecheckMs = 1_000;
const slowestRecheckMs = 5_000;
/** Between two looks of one held claim. The first news after a while is seen at once. */
const betweenLooksMs = 10;
/** After a look at work that another claim had locked: about as long as a grant takes, longer if it is so again. */
const firstContendedMs = 10;
const slowestContendedMs = 500;
/** Disowned leases are news after this: an agent that is still killing them must not make a busy loop. */
const disownedAfterMs = 1_000;

/** Whose news it is: agents run shards, provisioners operations on environments. */
const work = {
  agent: { look: lookForNews, noteTold, channel: workChannel, kind: "shard" },
  provisioner: {
    look: lookForOperations,
    noteTold: noteOperationsTold,
    channel: operationsChannel,
    kind: "environment",
  },
} as const;

/**
 * Holds a claim until there is news for the agent or `waitSeconds` are over. Woken by notifications; without them it
 * looks again after 1 s, backing off to 5 s. Nothing is granted to a caller that has gone away. Throws `forbidden` for
 * a kind of work that is not of the member's role.
 */
export async function holdClaim(
  deps: LeaseDeps & { readonly gate: LookGate },
  member: Member,
  request: ClaimRequest,
  signal: AbortSignal,
): Promise<ClaimAnswer> {
  const { look, noteTold, channel, kind } = work[member.role];
  if (!request.kinds.includes(kind))
    throw new SeatrialError(
      "forbidden",
      `A member with the role "${member.role}" claims the kind "${kind}" alone, not: ${request.kinds.join(", ")}.`,
    );
  // Whoever has no room waits for orders alone.
  const workChannels = request.slotsFree > 0 ? [channel] : [];
  const subscription = deps.notifications.subscribe([clusterChannel(member.clusterId), ...workChannels]);
  const started = performance.now();
  const contention = createContention();
  let recheckMs = firstRecheckMs;
  let isRepeat = false;
  let turn: Turn = () => undefined;
  try {
    for (;;) {
      const lookedAt = performance.now();
      const { answer, isUrgent, isContended = false } = await look(deps, member, request, isRepeat);
      turn();
      isRepeat = true;
      const heldMs = performance.now() - started;
      const leftMs = request.waitSeconds * 1_000 - heldMs;
      const hasDisowned = leasesTold(answer.orders, "disown").length > 0;
      const isDisownedNews = hasDisowned && heldMs >= disownedAfterMs;
      if (isUrgent || isDisownedNews || leftMs <= 0 || signal.aborted) {
        await noteTold(deps, leasesTold(answer.orders, "cancel", "release"));
        return answer;
      }
      const pauseMs = hasDisowned ? Math.max(1, disownedAfterMs - heldMs) : recheckMs;
      turn = await untilWorthALook(subscription, signal, {
        notBefore: lookedAt + betweenLooksMs,
        againMs: contention.pauseMs(isContended),
        surelyMs: Math.min(pauseMs, leftMs),
        gate: member.role === "agent" ? deps.gate : null,
      });
      if (signal.aborted) return answer;
      recheckMs = Math.min(recheckMs * 2, slowestRecheckMs);
    }
  } finally {
    turn();
    subscription.close();
  }
}

type NextLook = {
  /** Of `performance.now()`. */
  notBefore: number;
  /** Work may be open after this. */
  againMs: number;
  /** A look is due after this, whether or not anything was told. */
  surelyMs: number;
  /** Work alone is worth a look when it lets one in; null: always. */
  gate: LookGate | null;
};

/** Waits for what is worth a look: a turn at the gate if it is only work, else at once. */
async function untilWorthALook(
  subscription: Subscription,
  signal: AbortSignal,
  { notBefore, againMs, surelyMs, gate }: NextLook,
): Promise<Turn> {
  const surelyAt = performance.now() + surelyMs;
  let pauseMs = Math.min(againMs, surelyMs);
  for (;;) {
    const told = await subscription.wait(pauseMs, signal);
    const wokenAt = performance.now();
    await sleep(Math.max(0, notBefore - wokenAt), signal);
    const isOther = [...told].some((name) => name !== workChannel);
    if (gate === null || isOther || signal.aborted || wokenAt >= surelyAt) return () => undefined;
    const turn = await gate.enter(wokenAt);
    if (turn !== null) return turn;
    pauseMs = Math.max(0, surelyAt - performance.now());
  }
}

/** How long to wait after a look; at random, so that those who lost the same lock do not all come again together. */
function createContention(): { pauseMs(isContended: boolean): number } {
  let lastMs = firstContendedMs;
  return {
    pauseMs(isContended) {
      lastMs = isContended ? Math.min(lastMs * 2, slowestContendedMs) : firstContendedMs;
      return isContended ? lastMs * (0.5 + Math.random()) : Number.POSITIVE_INFINITY;
    },
  };
}
