/** Steps that one question may take: some 50 ms. */
const mostSteps = 10_000_000;
export type GlobBudget = { steps: number };
type Budget = GlobBudget;

/** What one question may take; several questions may share one. */
export function createBudget(): GlobBudget {
  return { steps: mostSteps };
}

/**
 * Whether one of these texts is what one of the patterns says. `*` stands for anything within one part between slashes,
 * `?` for one character of it, `**` (a whole part) for any number of parts; all else for itself, in its case. Patterns and
 * texts are untrusted: there are no regular expressions, and a question that takes too long is answered by yes, as a run
 * too many is better than one that somebody could talk away.
 */
export function matchesAny(
  globs: readonly string[],
  texts: readonly string[],
  budget: GlobBudget = createBudget(),
): boolean {
  if (budget.steps <= 0) return true;
  return texts.some((text) => globs.some((glob) => matches(glob, text, budget) || budget.steps <= 0));
}

/** The same of one pattern and one text, such as `deploy/**` and a path. */
export function matchesGlob(glob: string, text: string): boolean {
  return matchesAny([glob], [text]);
}

function matches(glob: string, text: string, budget: Budget): boolean {
  // To part a text costs too.
  budget.steps -= 1 + text.length / 8;
  if (!/[*?]/.test(glob)) return glob === text;
  const matchesOne = (pattern: string, part: string) => matchesPart(pattern, part, budget);
  return matchesSequence(glob.split("/"), text.split("/"), "**", matchesOne, budget);
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

function matchesPart(pattern: string, part: string, budget: Budget): boolean {
  if (!/[*?]/.test(pattern)) return pattern === part;
  budget.steps -= part.length;
  const matchesOne = (one: string, other: string) => one === "?" || one === other;
  return matchesSequence([...pattern], [...part], "*", matchesOne, budget);
}

/**
 * Whether `items` are what `pattern` says, where `many` stands for any number of them. Only the last `many` is ever
 * tried again: what an earlier one could take more, the last can take as well.
 */
function matchesSequence(
  pattern: readonly string[],
  items: readonly string[],
  many: string,
  matchesOne: (one: string, item: string) => boolean,
  budget: Budget,
): boolean {
  let at = 0;
  let retryAt = -1;
  let retryItem = 0;
  for (let index = 0; index < items.length && budget.steps > 0; ) {
    budget.steps -= 1;
    const one = pattern[at];
    if (one === many) {
      at += 1;
      retryAt = at;
      retryItem = index;
    } else if (one !== undefined && matchesOne(one, items[index] ?? "")) {
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
