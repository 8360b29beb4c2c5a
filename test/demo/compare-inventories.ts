import type { LabInventory } from "@seatrial/lab/lab-inventory.ts";

const shownOfEach = 5;
/** Of these, what is not there any more was somebody else's and has come to its end. */
const endsByItself: ReadonlySet<string> = new Set<keyof LabInventory>(["processes", "nameSpaces"]);

/** What was left on this machine, or taken from it, between two inventories: of each kind the first few lines. */
export function compareInventories(before: LabInventory, after: LabInventory): string[] {
  return Object.entries(before).flatMap(([kind, earlier]) => {
    const later: readonly string[] = after[kind as keyof LabInventory];
    const added = later.filter((one) => !earlier.includes(one)).map((one) => `new in ${kind}: ${one}`);
    if (endsByItself.has(kind)) return cut(added, kind);
    const lost = earlier.filter((one) => !later.includes(one)).map((one) => `gone from ${kind}: ${one}`);
    const isOther = added.length + lost.length === 0 && JSON.stringify(earlier) !== JSON.stringify(later);
    // The same rule twice is another rule set than once.
    return isOther ? [`${kind}: the same lines, in another order or number`] : cut([...added, ...lost], kind);
  });
}

function cut(changes: readonly string[], kind: string): string[] {
  const more = changes.length - shownOfEach;
  return more > 0 ? [...changes.slice(0, shownOfEach), `and ${more} more of ${kind}`] : [...changes];
}
