import { limits } from "@seatrial/contracts/limits.ts";
import type { LoggedAttempt } from "./logged-attempts.ts";

/** Where an attempt stands in its run: that no attempt comes in between later makes ranges of them safe. */
type Place = Pick<LoggedAttempt, "suitePosition" | "shardKind" | "number" | "shardIndex">;

/** The attempts of a run whose whole output was told. */
export type ToldAttempts = {
  has(attempt: Place): boolean;
  add(attempt: Place): void;
  /** All of them as text: an entry for each suite, kind and number, with ranges of shards. */
  entries(): string[];
};

const entryPattern = /^~([0-9a-z]{1,6}\.[lt]\.[0-9a-z]{1,6})\.([0-9a-z]{1,6}(?:[-+][0-9a-z]{1,6})*)$/;

/** From the entries of before; null when one of them is none. */
export function readToldAttempts(entries: readonly string[]): ToldAttempts | null {
  const shards = new Map<string, Set<number>>();
  for (const entry of entries) {
    const [, group, ranges] = entryPattern.exec(entry) ?? [];
    if (group === undefined || ranges === undefined || shards.has(group)) return null;
    const known = new Set<number>();
    for (const range of ranges.split("+")) {
      const [from = 0, to = from] = range.split("-").map((text) => Number.parseInt(text, 36));
      // Checked before it is counted out: the text may be anybody's.
      if (to >= limits.shardsPerSuite) return null;
      for (let index = from; index <= to; index += 1) known.add(index);
    }
    shards.set(group, known);
  }
  // Asked for with each event, changed by few.
  let written: string[] | null = null;
  return {
    has: (attempt) => shards.get(groupOf(attempt))?.has(attempt.shardIndex) ?? false,
    add(attempt) {
      const group = groupOf(attempt);
      const known = shards.get(group) ?? new Set();
      shards.set(group, known.add(attempt.shardIndex));
      written = null;
    },
    entries() {
      written ??= Array.from(shards, ([group, known]) => `~${group}.${rangesOf(known)}`);
      return written;
    },
  };
}

function groupOf({ suitePosition, shardKind, number }: Place): string {
  return `${suitePosition.toString(36)}.${shardKind.charAt(0)}.${number.toString(36)}`;
}

/** `0-3+7`, in base 36. */
function rangesOf(known: ReadonlySet<number>): string {
  const ranges: { from: number; to: number }[] = [];
  for (const index of [...known].sort((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last?.to === index - 1) last.to = index;
    else ranges.push({ from: index, to: index });
  }
  return ranges
    .map(({ from, to }) => (from === to ? from.toString(36) : `${from.toString(36)}-${to.toString(36)}`))
    .join("+");
}
