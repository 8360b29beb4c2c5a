import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import { fillChange } from "@seatrial/contracts/configuration/variables.ts";
import type { CreateRunInput } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import type { readChange } from "../content/read-change.ts";
import { chooseRunEnvironment } from "../runs/choose-run-environment.ts";

/** What a run of `runs:` tests, before its content is known. */
export function suitesOfRun(configuration: ResolvedConfiguration, run: ResolvedRun): SuiteSpec[] {
  return configuration.suites
    .filter((suite) => run.suites.includes(suite.name))
    .map((suite) => {
      const { clusters } = suite;
      return { ...suite, clusters: { ...clusters, each: clusters.each ?? run.each } };
    });
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
  };
}
