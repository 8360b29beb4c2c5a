import type { OverlapPolicy } from "../schedules/schedule.ts";
import { parseDurationSeconds } from "./quantities.ts";
import type { ConfiguredRun } from "./run-fields.ts";

/** A run of `runs:` with every default filled in. */
export type ResolvedRun = {
  name: string;
  cron: string;
  timezone: string;
  overlap: OverlapPolicy;
  catchUpSeconds: number;
  priority: number;
  /** Names of suites of the file. */
  suites: string[];
  /** Name of an environment of the file. */
  environment: string | null;
  /** For suites that do not say it themselves. */
  each: string | null;
};

/** A run of a checked file; `suites` are the file's, for one that names none. */
export function resolveRun(name: string, written: ConfiguredRun, suites: readonly string[]): ResolvedRun {
  const { when, overlap, catchUp, priority, environment, clusters } = written;
  return {
    name,
    cron: when.schedule,
    timezone: when.timezone ?? "UTC",
    overlap: overlap ?? "skip",
    catchUpSeconds: (catchUp === undefined ? null : parseDurationSeconds(catchUp)) ?? 3_600,
    priority: priority ?? 0,
    suites: written.suites ?? [...suites],
    environment: environment ?? null,
    each: clusters?.each ?? null,
  };
}
