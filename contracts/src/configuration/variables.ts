import type { SuiteSpec } from "../suites/suite-spec.ts";
import { type ConfigurationError, type FieldPath, fieldName } from "./configuration-error.ts";
import { nearestName } from "./nearest-name.ts";
import type { YamlFile } from "./read-yaml.ts";

/** The variables a file may use. A shell's own `${NAME}` has no dot, so the two never meet. */
export const variableNames = ["shard.index", "shard.count", "change.sha", "change.branch"] as const;
type VariableName = (typeof variableNames)[number];

const pattern = /\$\{\s*([A-Za-z_]+\.[A-Za-z0-9_.-]+)\s*\}/g;

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
  const text = script.replace(pattern, (whole, name: string) =>
    shellNames[name] === undefined ? whole : `\${${shellNames[name]}}`,
  );
  const usesChange = /\$\{\s*change\./.test(script);
  return ["/bin/sh", "-c", text, ...(usesChange ? ["seatrial", "${change.sha}", "${change.branch}"] : [])];
}

/** The suite with `${change.*}` filled in; what is not known becomes empty. `${shard.*}` stays for the pod. */
export function fillChange(
  suite: SuiteSpec,
  change: { sha: string | null; branch: string | null } | null,
): SuiteSpec {
  const fill = (text: string) =>
    text.replace(pattern, (whole, name: string) => {
      if (name === "change.sha") return change?.sha ?? "";
      return name === "change.branch" ? (change?.branch ?? "") : whole;
    });
  const env = Object.fromEntries(Object.entries(suite.env).map(([name, value]) => [name, fill(value)]));
  return { ...suite, env, command: suite.command?.map(fill) ?? null };
}

/** Errors for variables that do not exist, are not supported yet, or stand where none are filled in. */
export function checkVariables(file: YamlFile): ConfigurationError[] {
  const errors: ConfigurationError[] = [];
  const look = (value: unknown, path: FieldPath, parents: readonly unknown[]): void => {
    if (typeof value === "string") errors.push(...checkText(value, path, file));
    // An alias may point at its own parent; such a file is refused for its shape.
    if (value === null || typeof value !== "object" || parents.includes(value)) return;
    for (const [key, item] of Object.entries(value))
      look(item, [...path, Array.isArray(value) ? Number(key) : key], [...parents, value]);
  };
  look(file.value, [], []);
  return errors;
}

function checkText(text: string, path: FieldPath, file: YamlFile): ConfigurationError[] {
  const place = () => ({ ...file.positionOf(path, "value"), field: fieldName(path) });
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? "").flatMap((name) => {
    if (name.startsWith("environment."))
      return [{ ...place(), message: `'\${${name}}' is not supported yet`, fix: "remove it for now" }];
    if (!isVariable(name))
      return [{ ...place(), message: `unknown variable '\${${name}}'`, fix: fixFor(name) }];
    if (path[2] === "env" || path[2] === "command") return [];
    return [
      {
        ...place(),
        message: `'\${${name}}' is not filled in here`,
        fix: "use variables in 'env' or 'command'",
      },
    ];
  });
}

function isVariable(name: string): name is VariableName {
  return variableNames.some((known) => known === name);
}

function fixFor(name: string): string {
  const nearest = nearestName(name, variableNames);
  return nearest ? `did you mean '\${${nearest}}'?` : `known: ${variableNames.join(", ")}`;
}
