import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedEnvironment } from "@seatrial/contracts/configuration/resolve-environment.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

/** The environment of this name. Throws CliError (usage) with the nearest name, or how to write one. */
export function chooseEnvironment(configuration: ResolvedConfiguration, name: string): ResolvedEnvironment {
  const found = configuration.environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  const known = configuration.environments.map((environment) => environment.name);
  const nearest = nearestName(name, known);
  const others =
    known.length === 0
      ? "write one under environments: (docs/environments.md)"
      : `there are: ${known.join(", ")}`;
  throw new CliError(`there is no environment "${name}"`, {
    fix: nearest ? `did you mean ${nearest}?` : others,
    exitCode: exitCodes.usage,
  });
}
