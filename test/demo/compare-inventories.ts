import type { LabInventory } from "@seatrial/lab/lab-inventory.ts";

const shownOfEach = 5;

/** What one inventory of this machine has and the other has not, of each kind the first few. Empty: they are equal. */
export function compareInventories(before: LabInventory, after: LabInventory): string[] {
  return Object.entries(before).flatMap(([kind, earlier]) => {
    const later: readonly string[] = after[kind as keyof LabInventory];
    const found = [
      ...later.filter((one) => !earlier.includes(one)).map((one) => `new in ${kind}: ${one}`),
      ...earlier.filter((one) => !later.includes(one)).map((one) => `gone from ${kind}: ${one}`),
    ];
    // The same rule twice is another rule set than once.
    const isReordered = found.length === 0 && JSON.stringify(earlier) !== JSON.stringify(later);
    if (isReordered) return [`${kind}: the same lines, in another order or number`];
    const more = found.length - shownOfEach;
    return more > 0 ? [...found.slice(0, shownOfEach), `and ${more} more of ${kind}`] : found;
  });
}
