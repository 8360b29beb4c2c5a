import type { SuiteSpec } from "../suites/suite-spec.ts";
import { checkRuns } from "./check-runs.ts";
import { checkVariables } from "./check-variables.ts";
import type { ConfigurationError } from "./configuration-error.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { describeIssue } from "./describe-issue.ts";
import { readYaml } from "./read-yaml.ts";
import { type ResolvedEnvironment, resolveEnvironment } from "./resolve-environment.ts";
import { type ResolvedRun, resolveRun } from "./resolve-run.ts";
import { resolveSuite } from "./resolve-suite.ts";

export type ResolvedConfiguration = {
  version: 1;
  suites: SuiteSpec[];
  environments: ResolvedEnvironment[];
  runs: ResolvedRun[];
};
export type ParsedConfiguration =
  | { configuration: ResolvedConfiguration; errors?: never }
  | { configuration?: never; errors: ConfigurationError[] };

/**
 * Reads a `seatrial.yaml`: all suites, environments and runs with their defaults, in the file's order, or everything that is wrong with it,
 * in the file's order. The text is untrusted: nothing in it makes this throw, hang or grow.
 */
export function parseConfiguration(text: string): ParsedConfiguration {
  const file = readYaml(text);
  if ("errors" in file) return { errors: file.errors };
  if (file.value === null || file.value === undefined)
    return {
      errors: [
        { line: 1, column: 1, field: "", message: "the file is empty", fix: "write version: 1 and suites" },
      ],
    };
  const parsed = configurationSchema.safeParse(file.value);
  const errors = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => describeIssue(issue, file)),
    ...checkVariables(file),
    ...(parsed.data ? checkRuns(parsed.data, file) : []),
  ];
  if (errors.length > 0 || !parsed.data) return { errors: inOrder(errors).slice(0, 50) };
  const suites = Object.entries(parsed.data.suites).map(([name, suite]) => resolveSuite(name, suite));
  const environments = Object.entries(parsed.data.environments ?? {}).map(([name, environment]) =>
    resolveEnvironment(name, environment),
  );
  const names = suites.map((suite) => suite.name);
  const runs = Object.entries(parsed.data.runs ?? {}).map(([name, run]) => resolveRun(name, run, names));
  return { configuration: { version: 1, suites, environments, runs } };
}

/** `seatrial.yaml:7:13: suites.api.shard: unknown key 'shard' (did you mean 'shards'?)` */
export function formatConfigurationError(error: ConfigurationError, fileName: string): string {
  const field = error.field === "" ? "" : `${error.field}: `;
  return `${fileName}:${error.line}:${error.column}: ${field}${error.message}${error.fix ? ` (${error.fix})` : ""}`;
}

function inOrder(errors: ConfigurationError[]): ConfigurationError[] {
  return errors.toSorted((left, right) => left.line - right.line || left.column - right.column);
}
