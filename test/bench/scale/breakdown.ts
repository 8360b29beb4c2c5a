import { summarize } from "../statistics.ts";
import { totalOf } from "./meter.ts";
import type { Measured } from "./sides.ts";

/** A figure of each round, per shard (or pod, or TaskRun). */
export const perShard = (rounds: readonly Measured[], pick: (one: Measured) => number): number[] =>
  rounds.map((one) => pick(one) / one.count);

export const writesOf = ({ spent }: Measured): number => totalOf(spent.writes);
export const cpuMillisOf =
  (part: string) =>
  ({ spent }: Measured): number =>
    (spent.cpuSeconds[part] ?? 0) * 1_000;

/** Where the CPU time of each way goes, in milliseconds per shard, and who writes what. Medians over the rounds. */
export function breakdown(ways: Record<string, readonly Measured[]>): string[] {
  return Object.entries(ways).flatMap(([way, rounds]) => {
    if (rounds.length === 0) return [];
    const parts = Object.keys(rounds[0]?.spent.cpuSeconds ?? {});
    const cpu = parts.map((part) => ({
      part,
      millis: summarize(perShard(rounds, cpuMillisOf(part))).median,
    }));
    const total = cpu.reduce((sum, { millis }) => sum + millis, 0);
    const seen = cpu.filter(({ millis }) => millis >= 0.05).sort((left, right) => right.millis - left.millis);
    const text = seen.map(({ part, millis }) => `${part} ${millis.toFixed(1)}`).join(", ");
    return [
      `${way}: CPU ms per shard, ${total.toFixed(1)} in all: ${text}`,
      `${way}: writes per shard: ${writesText(rounds)}`,
    ];
  });
}

function writesText(rounds: readonly Measured[]): string {
  const keys = new Set(rounds.flatMap(({ spent }) => Object.keys(spent.writes)));
  const medians = [...keys].map((key) => ({
    key,
    count: summarize(perShard(rounds, ({ spent }) => spent.writes[key] ?? 0)).median,
  }));
  return medians
    .filter(({ count }) => count >= 0.01)
    .map(({ key, count }) => `${key} ${count.toFixed(2)}`)
    .join(", ");
}
