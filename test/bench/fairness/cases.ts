import type { Load } from "./steady-load.ts";

/** What a project submits by itself, and beside which neighbours its waits are measured. */
export type FairnessCase = {
  name: string;
  load: Load;
  runningQuota: number;
  neighbours: readonly { name: string; runningQuota: number }[];
};

/** All four agents together. */
export const slots = 40;
/** Of a shard: between these, so that slots do not all get free together. */
export const podSeconds = { least: 4, most: 6, mean: 5 };

/** A neighbour submits ten times as many shards in the same time. */
export const neighbourTimes = 10;

export const cases: readonly FairnessCase[] = [
  {
    // Four fifths of its quota are in use in the mean, and runs come at random: its shards wait for each other.
    name: "in use",
    load: { shards: 8, everySeconds: 2.5 },
    runningQuota: 20,
    neighbours: [{ name: "a quota of 20 each", runningQuota: 20 }],
  },
  {
    // Nothing of its own is waited for: what is left is the hub's own time.
    name: "nearly idle",
    load: { shards: 1, everySeconds: 1 },
    runningQuota: 50,
    neighbours: [
      { name: "with a quota of 30", runningQuota: 30 },
      { name: "without a quota", runningQuota: 10_000 },
    ],
  },
];

/** The neighbour's runs have ten shards. */
export function floodOf({ shards, everySeconds }: Load): Load {
  const own = 10;
  return { shards: own, everySeconds: (everySeconds * own) / (shards * neighbourTimes) };
}
