/**
 * Patterns of paths and branches, as in `deploy/**`. `*` stands for anything within one part between slashes, `?` for
 * one character of it, `**` (a whole part) for any number of parts. All else stands for itself, in its case. No regular
 * expressions: patterns and paths are both untrusted, and no pair of them takes longer than the product of their lengths.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = text.split("/");
  return matchesSequence(glob.split("/"), parts, "**", (pattern, part) => matchesPart(pattern, part));
}

/** Why a pattern cannot mean what its author hopes; null: it can. */
export function globProblem(glob: string): { problem: string; fix: string } | null {
  const parts = glob.split("/");
  if (glob.startsWith("!"))
    return { problem: "excludes with '!', which is not known", fix: "list what counts instead" };
  const special = /[[\]{}\\]/.exec(glob)?.[0];
  if (special !== undefined)
    return {
      problem: `has '${special}', which is not known`,
      fix: "use '*', '**' or '?', and one pattern for each choice",
    };
  if (glob.endsWith("/") && parts.length > 1)
    return { problem: "ends with '/' and would match nothing", fix: `write ${glob}** for all below it` };
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    return {
      problem: "has an empty part, '.' or '..' and would match nothing",
      fix: "write it from the top of the repository, without '/' at its beginning",
    };
  if (parts.some((part) => part.includes("**") && part !== "**"))
    return {
      problem: "has '**' beside other characters",
      fix: "write '**' alone between slashes, as in **/*.py",
    };
  return null;
}

function matchesPart(pattern: string, part: string): boolean {
  return matchesSequence([...pattern], [...part], "*", (one, other) => one === "?" || one === other);
}

/**
 * Whether `items` are what `pattern` says, where `many` stands for any number of them. Only the last `many` is ever
 * tried again: what an earlier one could take more, the last can take as well.
 */
function matchesSequence(
  pattern: readonly string[],
  items: readonly string[],
  many: string,
  matches: (one: string, item: string) => boolean,
): boolean {
  let at = 0;
  let retryAt = -1;
  let retryItem = 0;
  for (let index = 0; index < items.length; ) {
    const one = pattern[at];
    if (one === many) {
      at += 1;
      retryAt = at;
      retryItem = index;
    } else if (one !== undefined && matches(one, items[index] ?? "")) {
      at += 1;
      index += 1;
    } else if (retryAt >= 0) {
      retryItem += 1;
      index = retryItem;
      at = retryAt;
    } else return false;
  }
  return pattern.slice(at).every((one) => one === many);
}
