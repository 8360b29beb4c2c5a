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
 * The planned cases that are not proved green, in the plan's order: with a red result, or with none at all, since a tool
 * may be killed or give up before it comes to them. What a retry runs. All of them when a red result belongs to none (a
 * collection error, say), because then any of them may be meant, and when every case is green, because then what was
 * wrong is none of them.
 */
export function unprovedCases(planned: readonly string[], results: readonly CaseResult[]): string[] {
  const known = new Set(planned);
  const unproved = new Set(missingCases(planned, results));
  for (const result of results) {
    if (result.outcome !== "failed" && result.outcome !== "errored") continue;
    const matches = plannedNames(result).filter((name) => known.has(name));
    if (matches.length === 0) return [...planned];
    for (const name of matches) unproved.add(name);
  }
  return unproved.size === 0 ? [...planned] : planned.filter((id) => unproved.has(id));
}
