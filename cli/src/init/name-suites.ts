import type { SuiteDraft } from "./find-suites.ts";

const plain = /^(tests?|specs?|__tests__|\.)$/;

/** A name for each: the last telling part of its folder, else its tool; numbered where two would be the same. */
export function nameSuites(drafts: readonly SuiteDraft[]): string[] {
  const taken = new Set<string>();
  return drafts.map((draft) => {
    const base = nameOf(draft);
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
    taken.add(name);
    return name;
  });
}

function nameOf({ path, arguments: words, tool, because }: SuiteDraft): string {
  const parts = [...path.split("/"), ...words.slice(0, 1).flatMap((word) => word.split("/"))];
  const telling = parts.findLast((part) => part !== "" && !plain.test(part));
  const fallback = tool ?? because.split(" ")[0] ?? "tests";
  return [telling, fallback].map(toName).find((name) => name !== "") ?? "tests";
}

function toName(text: string | undefined): string {
  return (text ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 30)
    .replace(/^-+|-+$/g, "");
}
