import { type Document, isScalar, visit } from "yaml";

export type KeyCheck = { keys: number; duplicates: number[] };

/**
 * How many keys the maps of a YAML document have, and where in the text those stand that their map has already.
 * Read the document with `uniqueKeys: false`: the parser compares each key with all before it, which takes minutes
 * for one hostile map. Two merge keys (`<<`) are no duplicates.
 */
export function checkKeys(document: Document): KeyCheck {
  const duplicates: number[] = [];
  let keys = 0;
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        keys += 1;
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) duplicates.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return { keys, duplicates };
}
