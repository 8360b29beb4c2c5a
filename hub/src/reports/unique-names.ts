import { limits } from "@seatrial/contracts/limits.ts";

/**
 * Gives each name that is taken the next free ` (2)`, ` (3)`, … so that no outcome is lost when a report names a
 * case twice. `taken` grows with what is handed out. The suffix fits the limit of a case's name.
 */
export function createUniqueNames(taken: Set<string>): (name: string) => string {
  const next = new Map<string, number>();

  /** The next free name whose suffix has so many digits, or null when there is none left. */
  function nextFree(name: string, digits: number): string | null {
    const stem = name.slice(0, limits.caseNameCharacters - " ()".length - digits).toWellFormed();
    // Counted by what is left of the name: many long ones may be cut to the same.
    const key = `${digits} ${stem}`;
    const end = 10 ** digits;
    for (let number = next.get(key) ?? Math.max(2, end / 10); number < end; number += 1) {
      const candidate = `${stem} (${number})`;
      next.set(key, number + 1);
      if (!taken.has(candidate)) return candidate;
    }
    return null;
  }

  return (name) => {
    let unique: string | null = taken.has(name) ? null : name;
    for (let digits = 1; unique === null; digits += 1) unique = nextFree(name, digits);
    taken.add(unique);
    return unique;
  };
}
