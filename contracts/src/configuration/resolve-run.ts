import type { OverlapPolicy } from "../schedules/schedule.ts";
import { parseDurationSeconds } from "./quantities.ts";
import type { ConfiguredRun } from "./run-fields.ts";

/** What starts a run. Empty lists of a pull request's trigger ask for nothing. */
export type ResolvedTrigger =
  | {
      kind: "schedule";
      cron: string;
      timezone: string;
      overlap: OverlapPolicy;
      catchUpSeconds: number;
    }
  | {
      kind: "pull_request";
      /** For `matchesAny`: a changed file is at one of them. */
      paths: string[];
      /** For `matchesAny`: the base branch is one of them. */
      branches: string[];
      /** True: drafts too. */
      drafts: boolean;
      /** The pull request has one of them, compared without regard to case. */
      labels: string[];
    };

/** A run of `runs:` with every default filled in. */
export type ResolvedRun = {
  name: string;
  trigger: ResolvedTrigger;
  priority: number;
  /** Names of suites of the file. */
  suites: string[];
  /** Those of `suites` whose verdict does not count; never all of them. */
  optional: string[];
  /** Name of an environment of the file. */
  environment: string | null;
  /** For suites that do not say it themselves. */
  each: string | null;
};

/** A run of a checked file; `suites` are the file's, for one that names none. */
export function resolveRun(name: string, written: ConfiguredRun, suites: readonly string[]): ResolvedRun {
  return {
    name,
    trigger: resolveTrigger(written),
    priority: written.priority ?? 0,
    suites: written.suites ?? [...suites],
    optional: written.optional ?? [],
    environment: written.environment ?? null,
    each: written.clusters?.each ?? null,
  };
}

function resolveTrigger({ when, overlap, catchUp }: ConfiguredRun): ResolvedTrigger {
  const { schedule, timezone, pull_request: pullRequest } = when;
  if (schedule === undefined) {
    const {
      paths = [],
      branches = [],
      drafts = false,
      labels = [],
    } = pullRequest === true ? {} : (pullRequest ?? {});
    return { kind: "pull_request", paths, branches, drafts, labels };
  }
  return {
    kind: "schedule",
    cron: schedule,
    timezone: timezone ?? "UTC",
    overlap: overlap ?? "skip",
    catchUpSeconds: (catchUp === undefined ? null : parseDurationSeconds(catchUp)) ?? 3_600,
  };
}
