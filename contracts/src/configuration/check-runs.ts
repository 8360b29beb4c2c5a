import { timetableProblems } from "../schedules/next-times.ts";
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
    const wrong = (path: FieldPath, message: string, fix?: string) => {
      const whole = ["runs", name, ...path];
      return {
        ...yaml.positionOf(whole, "value"),
        field: fieldName(whole),
        message,
        ...(fix ? { fix } : {}),
      };
    };
    const places = (run.suites ?? []).map((suite, index) => ({ path: ["suites", index], name: suite }));
    const environment =
      run.environment === undefined ? [] : [{ path: ["environment"], name: run.environment }];
    return [
      ...checkTimes(run).map(({ key, message }) => wrong(["when", key], message)),
      ...places.flatMap((place) =>
        unknown("suite", place.name, suites).map((it) => wrong(place.path, ...it)),
      ),
      ...places
        .filter((place, index) => places.findIndex((other) => other.name === place.name) < index)
        .map((place) => wrong(place.path, `'${place.name}' is there already`, "remove it")),
      ...environment.flatMap((place) =>
        unknown("environment", place.name, environments).map((it) => wrong(place.path, ...it)),
      ),
    ];
  });
}

function checkTimes({ when }: ConfiguredRun): { key: "schedule" | "timezone"; message: string }[] {
  const { schedule: cron, timezone = "UTC" } = when;
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
