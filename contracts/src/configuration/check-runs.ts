import { timetableProblems } from "../schedules/next-times.ts";
import { checkRunEnvironment } from "./check-run-environment.ts";
import { type ConfigurationError, type FieldPath, fieldName } from "./configuration-error.ts";
import type { Configuration } from "./configuration-schema.ts";
import { nearestName } from "./nearest-name.ts";
import type { YamlFile } from "./read-yaml.ts";
import type { ConfiguredRun } from "./run-fields.ts";

/** Whether a time ever comes does not hang on the day one asks. */
const someDay = Date.UTC(2026, 0, 1);

/** What is wrong with `runs:` beside its shape: names that the file does not have, times that never come. */
export function checkRuns({ runs, ...file }: Configuration, yaml: YamlFile): ConfigurationError[] {
  const suites = Object.keys(file.suites);
  const environments = Object.keys(file.environments ?? {});
  return Object.entries(runs ?? {}).flatMap(([name, run]) => {
    const wrong: Wrong = (path, message, fix) => {
      const whole = ["runs", name, ...path];
      return {
        ...yaml.positionOf(whole, "value"),
        field: fieldName(whole),
        message,
        ...(fix ? { fix } : {}),
      };
    };
    const environment =
      run.environment === undefined ? [] : unknown("environment", run.environment, environments);
    return [
      ...checkTimes(run).map(({ key, message }) => wrong(["when", key], message)),
      ...checkNames("suites", run.suites ?? [], suites, wrong),
      ...checkOptional(run, suites, wrong),
      ...environment.map((it) => wrong(["environment"], ...it)),
      ...checkRunEnvironment(run, file).map(({ message, fix }) => wrong([], message, fix)),
    ];
  });
}

type Wrong = (path: FieldPath, message: string, fix?: string) => ConfigurationError;

/** Each name of the list is known, and there once. */
function checkNames(
  key: string,
  names: readonly string[],
  known: readonly string[],
  wrong: Wrong,
): ConfigurationError[] {
  return names.flatMap((name, index) => [
    ...unknown("suite", name, known).map((it) => wrong([key, index], ...it)),
    ...(names.indexOf(name) < index ? [wrong([key, index], `'${name}' is there already`, "remove it")] : []),
  ]);
}

/** What is optional is a part of the run, and not all of it: nothing could ever be red. */
function checkOptional(run: ConfiguredRun, all: readonly string[], wrong: Wrong): ConfigurationError[] {
  const { optional = [], suites = all } = run;
  const elsewhere = optional.flatMap((name, index) =>
    all.includes(name) && !suites.includes(name)
      ? [wrong(["optional", index], `'${name}' is no suite of this run`, "add it to 'suites', or remove it")]
      : [],
  );
  const isAll = suites.length > 0 && suites.every((name) => optional.includes(name));
  return [
    ...checkNames("optional", optional, all, wrong),
    ...elsewhere,
    ...(isAll
      ? [wrong(["optional"], "names every suite of this run", "leave out those that must be green")]
      : []),
  ];
}

function checkTimes({ when }: ConfiguredRun): { key: "schedule" | "timezone"; message: string }[] {
  const { schedule: cron, timezone = "UTC" } = when;
  if (cron === undefined) return [];
  return timetableProblems({ cron, timezone }, someDay).map(({ field, problem }) => {
    const key = field === "cron" ? ("schedule" as const) : field;
    return { key, message: `"${field === "cron" ? cron : timezone}" ${problem}` };
  });
}

function unknown(kind: string, name: string, known: readonly string[]): [message: string, fix: string][] {
  if (known.includes(name)) return [];
  const nearest = nearestName(name, known);
  const all = known.length === 0 ? `write one under '${kind}s:'` : `this file has: ${known.join(", ")}`;
  return [[`there is no ${kind} '${name}' in this file`, nearest ? `did you mean '${nearest}'?` : all]];
}
