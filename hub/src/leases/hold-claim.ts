import type { ClaimAnswer, ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import { leasesTold } from "@seatrial/contracts/agent-protocol/orders.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { Member } from "../members/require-proof.ts";
import { clusterChannel, operationsChannel, workChannel } from "../notifications/channels.ts";
import { lookForOperations, noteOperationsTold } from "../operations/claim-operations.ts";
import { lookForNews, noteTold } from "./claim.ts";
import type { LeaseDeps } from "./lease-deps.ts";

const firstRecheckMs = 1_000;
const slowestRecheckMs = 5_000;
/**
 * Between two looks of one held claim: every end of an attempt wakes all of them, and a busy hub would do little else.
 * The first news after a while is seen at once.
 */
const betweenLooksMs = 20;
/** The same for an agent without a free slot, which only waits for orders. */
const betweenFullLooksMs = 500;
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
  deps: LeaseDeps,
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
  const subscription = deps.notifications.subscribe([channel, clusterChannel(member.clusterId)]);
  const started = performance.now();
  const pace = createPace(request.slotsFree > 0 ? betweenLooksMs : betweenFullLooksMs);
  const contention = createContention();
  let recheckMs = firstRecheckMs;
  let isRepeat = false;
  try {
    for (;;) {
      const { answer, isUrgent, isContended = false } = await look(deps, member, request, isRepeat);
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
      await subscription.wait(Math.min(pauseMs, contention.pauseMs(isContended), leftMs), signal);
      await pace(signal);
      if (signal.aborted) return answer;
      recheckMs = Math.min(recheckMs * 2, slowestRecheckMs);
    }
  } finally {
    subscription.close();
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

/** Waits until its last return (at first: its making) is this long ago. */
function createPace(milliseconds: number): (signal: AbortSignal) => Promise<void> {
  let last = performance.now();
  return async (signal) => {
    const left = last + milliseconds - performance.now();
    if (left > 0) await sleep(left, signal);
    last = performance.now();
  };
}
