import { readFile } from "node:fs/promises";
import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import {
  formatConfigurationError,
  parseConfiguration,
  type ResolvedConfiguration,
} from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

/** Reads and checks a `seatrial.yaml`. Throws CliError (usage) that lists everything that is wrong with it. */
export async function readConfiguration(file: string): Promise<ResolvedConfiguration> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      error.code === "ENOENT" ? `there is no ${file}` : `${file} cannot be read: ${error.message}`,
      {
        fix: "say where it is with --file, or start with docs/seatrial-yaml.md",
        exitCode: exitCodes.usage,
      },
    );
  });
  const { configuration, errors } = parseConfiguration(text);
  if (configuration) return configuration;
  const count = errors.length === 1 ? "one thing is" : `${errors.length} things are`;
  throw new CliError(`${count} wrong in ${file}; nothing was started`, {
    lines: errors.map((error) => formatConfigurationError(error, file)),
    exitCode: exitCodes.usage,
  });
}

/** The named suites, in the file's order; all of them when none is named. Throws CliError on an unknown name. */
export function chooseSuites(configuration: ResolvedConfiguration, names: readonly string[]): SuiteSpec[] {
  const known = configuration.suites.map((suite) => suite.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined)
    return configuration.suites.filter((suite) => names.length === 0 || names.includes(suite.name));
  const nearest = nearestName(unknown, known);
  throw new CliError(`there is no suite "${unknown}"`, {
    fix: nearest ? `did you mean ${nearest}?` : `there are: ${known.join(", ")}`,
    exitCode: exitCodes.usage,
  });
}
