/** The part of a result that says which planned case it belongs to. */
export type CaseResult = { case: string; file: string | null; outcome: string };

const separator = " › ";

/**
 * What a result may have been planned as, besides every start of its name up to a ` › `. A plan names pytest node ids,
 * or whole files (node, vitest) whose results are named `file › test`; ` (2)` was added by the hub to a name that came
 * twice.
 */
function wholeNames(result: CaseResult): string[] {
  const names = [result.case, result.case.replace(/ \(\d+\)$/, "")];
  return result.file === null ? names : [...names, result.file];
}

/**
 * Where the tests inside a planned case stand in sorted names. Looked up, because an untrusted name has hundreds of
 * starts: written out, those of one report would not fit into memory.
 */
function testsInside(sorted: readonly string[], id: string): [from: number, to: number] {
  const start = id + separator;
  const from = firstIndex(sorted, (name) => name >= start);
  return [from, firstIndex(sorted, (name) => name >= start && !name.startsWith(start))];
}

/** Whether a result tells anything of a planned case. */
function tellsOf(results: readonly CaseResult[]): (id: string) => boolean {
  const whole = new Set(results.flatMap(wholeNames));
  const sorted = results.map((result) => result.case).sort();
  return (id) => {
    if (whole.has(id)) return true;
    const [from, to] = testsInside(sorted, id);
    return from < to;
  };
}

/** Whether a result belongs to no planned case. */
function someBelongToNone(planned: readonly string[], results: readonly CaseResult[]): boolean {
  const known = new Set(planned);
  const sorted = results
    .filter((result) => !wholeNames(result).some((name) => known.has(name)))
    .map((result) => result.case)
    .sort();
  if (sorted.length === 0) return false;
  const belongs = new Uint8Array(sorted.length);
  for (const id of planned) belongs.fill(1, ...testsInside(sorted, id));
  return belongs.includes(0);
}

/** The planned cases that no result tells anything of, in the plan's order. */
export function missingCases(planned: readonly string[], results: readonly CaseResult[]): string[] {
  if (planned.length === 0) return [];
  const isTold = tellsOf(results);
  return planned.filter((id) => !isTold(id));
}

/**
 * The planned cases that are not proved green, in the plan's order: with a red result, or with none at all, since a tool
 * may be killed or give up before it comes to them. What a retry runs. All of them when a red result belongs to none (a
 * collection error, say), because then any of them may be meant, and when every case is green, because then what was
 * wrong is none of them.
 */
export function unprovedCases(planned: readonly string[], results: readonly CaseResult[]): string[] {
  const red = results.filter(({ outcome }) => outcome === "failed" || outcome === "errored");
  if (someBelongToNone(planned, red)) return [...planned];
  const isTold = tellsOf(results);
  const isRed = tellsOf(red);
  const unproved = planned.filter((id) => !isTold(id) || isRed(id));
  return unproved.length === 0 ? [...planned] : unproved;
}

/** The first index from which on the condition holds; the length when it never does. */
function firstIndex(sorted: readonly string[], holds: (name: string) => boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(sorted[middle] ?? "")) to = middle;
    else from = middle + 1;
  }
  return from;
}
