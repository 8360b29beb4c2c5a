import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedRun, ResolvedTrigger } from "@seatrial/contracts/configuration/resolve-run.ts";
import { suitesOfRun } from "@seatrial/contracts/configuration/suites-of-run.ts";
import { fillChange } from "@seatrial/contracts/configuration/variables.ts";
import type { CreateRunInput } from "@seatrial/contracts/runs/run.ts";
import { CliError } from "../cli-error.ts";
import type { readChange } from "../content/read-change.ts";
import { exitCodes } from "../exit-codes.ts";
import { chooseRunEnvironment } from "../runs/choose-run-environment.ts";

/** The run of this name. Throws CliError (usage) when there is none, or when suites are named beside it. */
export function chooseRun(
  configuration: ResolvedConfiguration,
  name: string,
  suites: readonly string[],
): ResolvedRun {
  const usage = (message: string, fix: string) => new CliError(message, { fix, exitCode: exitCodes.usage });
  if (suites.length > 0) throw usage("--run names its suites itself", "leave the suites or --run out");
  const known = configuration.runs.map((run) => run.name);
  const found = configuration.runs.find((run) => run.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, known);
  const all = known.length === 0 ? "write it under 'runs:'" : `there are: ${known.join(", ")}`;
  throw usage(`there is no run "${name}"`, nearest ? `did you mean ${nearest}?` : all);
}

type Schedule = Extract<ResolvedTrigger, { kind: "schedule" }>;

/** The runs that a schedule starts; pull requests start the others by themselves. */
export function scheduledRuns({ runs }: ResolvedConfiguration): { run: ResolvedRun; trigger: Schedule }[] {
  return runs.flatMap((run) => (run.trigger.kind === "schedule" ? [{ run, trigger: run.trigger }] : []));
}

/** A run of `runs:` as a request. Throws CliError (usage) when a suite needs an environment and it names none. */
export function requestOfRun(
  configuration: ResolvedConfiguration,
  run: ResolvedRun,
  content: { sha256: string; change: Awaited<ReturnType<typeof readChange>> },
): Omit<CreateRunInput, "idempotencyKey"> {
  const suites = suitesOfRun(configuration, run);
  const environment = chooseRunEnvironment(configuration, suites, run.environment ?? undefined);
  const { sha256: contentSha256, change } = content;
  return {
    suites: suites.map((suite) => fillChange(suite, change)),
    contentSha256,
    change,
    environment:
      environment !== null && "bring" in environment ? { ...environment.bring, contentSha256 } : null,
    priority: run.priority,
    optional: run.optional,
  };
}
