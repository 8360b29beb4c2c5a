/** The part of a result that says which planned case it belongs to. */
export type CaseResult = { case: string; file: string | null; outcome: string };

/**
 * Everything a result may have been planned as. A plan names pytest node ids, or whole files (node, vitest) whose
 * results are named `file › test`; ` (2)` was added by the hub to a name that came twice.
 */
function plannedNames(result: CaseResult): string[] {
  const names = [result.case, result.case.replace(/ \(\d+\)$/, "")];
  if (result.file !== null) names.push(result.file);
  const parts = result.case.split(" › ");
  for (let length = 1; length < parts.length; length += 1) names.push(parts.slice(0, length).join(" › "));
  return names;
}

/** The planned cases that no result tells anything of, in the plan's order. */
export function missingCases(planned: readonly string[], results: readonly CaseResult[]): string[] {
  const covered = new Set(results.flatMap(plannedNames));
  return planned.filter((id) => !covered.has(id));
}

/**
 * The planned cases with a red result, in the plan's order: what a retry runs. All of them when a red result belongs
 * to none (a collection error, say), because then any of them may be meant.
 */
export function redCases(planned: readonly string[], results: readonly CaseResult[]): string[] {
  const known = new Set(planned);
  const red = results.filter(({ outcome }) => outcome === "failed" || outcome === "errored");
  const named = new Set<string>();
  for (const result of red) {
    const matches = plannedNames(result).filter((name) => known.has(name));
    if (matches.length === 0) return [...planned];
    for (const name of matches) named.add(name);
  }
  return red.length === 0 ? [...planned] : planned.filter((id) => named.has(id));
}
