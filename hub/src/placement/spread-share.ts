import type { Spread } from "@seatrial/contracts/suites/suite-spec.ts";

/** How a suite stands at the value of the cluster that asks, and at each other value of the label. */
export type SpreadState = {
  /** Shards that were placed here, each counted where its newest attempt is. */
  readonly here: number;
  /** Other values whose clusters are ready and fit. `isOpen`: one of them has a free slot. */
  readonly others: readonly { readonly value: string; readonly placed: number; readonly isOpen: boolean }[];
  /** Shards of the suite that wait. */
  readonly waiting: number;
};

export type SpreadShare = {
  /** How many more of the waiting shards the cluster's value may take now. */
  readonly allowed: number;
  /** Why no more than that. */
  readonly message: string;
  /** No time mends it: the value holds its most. */
  readonly isFinal: boolean;
};

/**
 * How many of a suite's waiting shards may be placed at one value of the label now.
 * - `max` is hard: the value never holds more.
 * - The waiting shards are dealt one by one to the open value that has fewest; a value takes no more than it is dealt.
 *   So values end at most one apart, and each may take its share at once, without waiting for the others.
 * - A value without a ready cluster is dealt nothing, and neither is one whose clusters are all full: nobody waits for
 *   it beyond `min`.
 * - `min` is kept for each value with a ready cluster, full or not: a value that has its own minimum takes no shard that
 *   another needs for its.
 */
export function spreadShare(spread: Pick<Spread, "label" | "min" | "max">, state: SpreadState): SpreadShare {
  const { here, others, waiting } = state;
  const most = spread.max ?? Number.POSITIVE_INFINITY;
  const least = Math.min(spread.min, most);
  if (here >= most)
    return { allowed: 0, message: `holds the most it may of this suite, ${most}`, isFinal: true };
  const kept = others.reduce((sum, { placed }) => sum + Math.max(0, least - placed), 0);
  const unkept = Math.max(least - here, waiting - kept, 0);
  const open = others.filter(({ isOpen }) => isOpen).map(({ placed }) => placed);
  const dealt = Math.min(most, levelOf([here, ...open], waiting, most)) - here;
  const allowed = Math.max(0, Math.min(dealt, unkept, waiting));
  const needy = others.filter(({ placed }) => placed < least).map(({ value }) => value);
  const message =
    unkept < dealt
      ? `the shards that wait are kept for ${needy.join(", ")}, at least ${least} each`
      : `holds ${here}, its share of this suite`;
  return { allowed, message, isFinal: false };
}

/** To which height these heaps grow when so many are dealt one by one to the lowest, none above `most`. */
function levelOf(placed: readonly number[], dealt: number, most: number): number {
  let level = Math.min(...placed);
  const room = (height: number) =>
    placed.reduce((sum, count) => sum + Math.max(0, Math.min(height, most) - count), 0);
  while (level < most && room(level) < dealt) level += 1;
  return level;
}
