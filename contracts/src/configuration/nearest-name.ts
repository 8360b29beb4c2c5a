/**
 * The known name that a mistyped one most likely meant, or null when none is near. Distance is Levenshtein's
 * (insert, delete, replace); a name counts as near within a third of its length, and at least 2 edits.
 */
export function nearestName(typed: string, known: readonly string[]): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(typed.slice(0, 60).toLowerCase(), name.toLowerCase());
    const near = distance <= Math.max(2, Math.floor(name.length / 3));
    if (near && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replace = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const insert = (current[column - 1] ?? 0) + 1;
      const remove = (previous[column] ?? 0) + 1;
      current.push(Math.min(replace, insert, remove));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
