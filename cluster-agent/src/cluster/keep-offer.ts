import type { ClaimRequest } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { ClaimLoop } from "@seatrial/hub-link/loops/claim-loop.ts";
import type { Allocatable } from "./measure-room.ts";

/** What the agent can take at this moment, as its claims say it. */
export type Offer = Pick<ClaimRequest, "slotsFree" | "allocatable">;

export type OfferDeps = {
  slotsFree: () => number;
  allocatable: () => Allocatable;
  /** A pod in hand finds no node. */
  isStuck: () => boolean;
  /** The cluster makes no pods. */
  isBroken: () => boolean;
};

/**
 * Free slots and room. While a pod of ours is stuck there is no free slot, whatever the sums say: they know neither how
 * the room is split over the nodes nor what others run there. Nor is there one while no pod can be made.
 */
export function offerNow({ slotsFree, allocatable, isStuck, isBroken }: OfferDeps): Offer {
  return { slotsFree: isStuck() || isBroken() ? 0 : slotsFree(), allocatable: allocatable() };
}

export type KeepOfferDeps = {
  now: () => Offer;
  /** What the nodes have, whatever runs there; another text is another capacity. */
  capacity: () => string;
  /** What tells of changes: each calls its listener, and returns how to stop that. */
  sources: readonly ((listener: () => void) => () => void)[];
  claims: Pick<ClaimLoop, "held" | "refresh">;
  clock: Clock;
  /** Changes come in bursts: there is one look in so much time. */
  everyMilliseconds: number;
};

/**
 * Keeps the held claim true: when the nodes change, or the last free slot comes or goes, it is asked anew. The room of a
 * lease that ends needs no new claim, since the hub gives it back to the held one. Runs until aborted.
 */
export async function keepOffer(deps: KeepOfferDeps, signal: AbortSignal): Promise<void> {
  let changed = new AbortController();
  let told = deps.capacity();
  const unsubscribe = deps.sources.map((subscribe) => subscribe(() => changed.abort("changed")));
  try {
    while (!signal.aborted) {
      // What changes without a pod, such as the nodes and what only time ends, is seen by this look alone.
      await deps.clock.sleep(idleMilliseconds, AbortSignal.any([signal, changed.signal]));
      changed = new AbortController();
      const held = deps.claims.held();
      const capacity = deps.capacity();
      const isOther = capacity !== told || (held !== null && hasSlots(held) !== hasSlots(deps.now()));
      if (!signal.aborted && held !== null && isOther) {
        deps.claims.refresh();
        told = capacity;
      }
      await deps.clock.sleep(deps.everyMilliseconds, signal);
    }
  } finally {
    for (const stop of unsubscribe) stop();
  }
}

const idleMilliseconds = 5_000;

const hasSlots = ({ slotsFree }: Offer) => slotsFree > 0;
