/** What every commit costs: its shards, how long each holds a slot, and the seconds from push to verdict beside that. */
export type CommitCost = { shards: number; slotSeconds: number; otherSeconds: number };

/** Seconds from commit to verdict on slots that are given out first come, first served, at once and for nothing. */
export function waitIdeally(arrivals: readonly number[], slots: number, cost: CommitCost): number[] {
  const freeAt = Array.from({ length: slots }, () => 0);
  return arrivals.map((arrival) => {
    let end = arrival;
    for (let shard = 0; shard < cost.shards; shard += 1) {
      const first = freeAt.reduce((best, at, slot) => (at < (freeAt[best] ?? 0) ? slot : best), 0);
      const ended = Math.max(arrival, freeAt[first] ?? 0) + cost.slotSeconds;
      freeAt[first] = ended;
      end = Math.max(end, ended);
    }
    return end - arrival + cost.otherSeconds;
  });
}

/** The same of a pipeline that takes one commit after another, whatever is free. */
export function waitSerially(arrivals: readonly number[], commitSeconds: number): number[] {
  let freeAt = 0;
  return arrivals.map((arrival) => {
    freeAt = Math.max(arrival, freeAt) + commitSeconds;
    return freeAt - arrival;
  });
}
