import type { SuiteSpec } from "../suites/suite-spec.ts";

/** The variables a file may use. A shell's own `${NAME}` has no dot, so the two never meet. */
export const variableNames = ["shard.index", "shard.count", "change.sha", "change.branch"] as const;

export const variablePattern = /\$\{\s*([A-Za-z_]+\.[A-Za-z0-9_.-]+)\s*\}/g;

/**
 * A shell command as an argument vector. Its variables become shell parameters, never parts of the script's text:
 * a branch called `$(rm -rf .)` must stay a name.
 */
export function shellCommand(script: string): string[] {
  const shellNames: Record<string, string> = {
    "shard.index": "SEATRIAL_SHARD_INDEX",
    "shard.count": "SEATRIAL_SHARD_COUNT",
    "change.sha": "1",
    "change.branch": "2",
  };
  const text = script.replace(variablePattern, (whole, name: string) => {
    const shellName = name.startsWith("environment.") ? environmentProcessVariable(name) : shellNames[name];
    return shellName === undefined ? whole : `\${${shellName}}`;
  });
  const usesChange = /\$\{\s*change\./.test(script);
  return ["/bin/sh", "-c", text, ...(usesChange ? ["seatrial", "${change.sha}", "${change.branch}"] : [])];
}

/** The suite with `${change.*}` filled in; what is not known becomes empty. `${shard.*}` stays for the pod. */
export function fillChange(
  suite: SuiteSpec,
  change: { sha: string | null; branch: string | null } | null,
): SuiteSpec {
  const fill = (text: string) =>
    text.replace(variablePattern, (whole, name: string) => {
      if (name === "change.sha") return change?.sha ?? "";
      return name === "change.branch" ? (change?.branch ?? "") : whole;
    });
  const env = Object.fromEntries(Object.entries(suite.env).map(([name, value]) => [name, fill(value)]));
  return { ...suite, env, command: suite.command?.map(fill) ?? null };
}

/** `environment.web-ui.url` is in every pod as SEATRIAL_ENVIRONMENT_WEB_UI_URL. */
function environmentProcessVariable(name: string): string {
  return `SEATRIAL_${name.toUpperCase().replaceAll(".", "_").replaceAll("-", "_")}`;
}
