import { limits } from "@seatrial/contracts/limits.ts";

/**
 * Gives each name that is taken the next free ` (2)`, ` (3)`, … so that no outcome is lost when a report names a
 * case twice. `taken` grows with what is handed out. The suffix fits the limit of a case's name.
 */
export function createUniqueNames(taken: Iterable<string>): (name: string) => string {
  const seen = new Set(taken);
  const next = new Map<string, number>();
  return (name) => {
    let candidate = name;
    let number = next.get(name) ?? 2;
    while (seen.has(candidate)) {
      const suffix = ` (${number})`;
      candidate = name.slice(0, limits.caseNameCharacters - suffix.length).toWellFormed() + suffix;
      number += 1;
    }
    if (candidate !== name) next.set(name, number);
    seen.add(candidate);
    return candidate;
  };
}
