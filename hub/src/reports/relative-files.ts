import type { ParsedResult } from "./parsed-result.ts";

/**
 * Names files as the plan does. Node's JUnit reporter writes absolute paths of the container; where such a path ends
 * with a planned file, that file stands for it, in the case's name too. The longest match counts.
 */
export function withPlannedFiles(
  results: readonly ParsedResult[],
  planned: readonly string[],
): ParsedResult[] {
  const known = new Set(planned);
  const found = new Map<string, string | null>();
  return results.map((result) => {
    const { file } = result;
    if (file === null || !file.startsWith("/")) return result;
    if (!found.has(file)) found.set(file, plannedEnd(file, known));
    const short = found.get(file) ?? null;
    if (short === null) return result;
    const isNamedAfterFile = result.case.startsWith(file);
    const name = isNamedAfterFile ? short + result.case.slice(file.length) : result.case;
    return { ...result, file: short, case: name };
  });
}

function plannedEnd(file: string, known: ReadonlySet<string>): string | null {
  for (let slash = file.indexOf("/"); slash >= 0; slash = file.indexOf("/", slash + 1)) {
    const end = file.slice(slash + 1);
    if (known.has(end)) return end;
  }
  return null;
}
