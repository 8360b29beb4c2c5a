import type { SuiteSpec } from "../suites/suite-spec.ts";
import type { ResolvedConfiguration } from "./parse-configuration.ts";
import type { ResolvedRun } from "./resolve-run.ts";

/** What a run of `runs:` tests, before its content and its change are known (see `fillChange`). */
export function suitesOfRun(configuration: ResolvedConfiguration, run: ResolvedRun): SuiteSpec[] {
  return configuration.suites
    .filter((suite) => run.suites.includes(suite.name))
    .map((suite) => {
      const { clusters } = suite;
      return { ...suite, clusters: { ...clusters, each: clusters.each ?? run.each } };
    });
}
