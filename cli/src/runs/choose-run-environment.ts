import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedEnvironment } from "@seatrial/contracts/configuration/resolve-environment.ts";
import type { CreateRunInput } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";
import { CliError } from "../cli-error.ts";
import { chooseEnvironment } from "../environments/choose-environment.ts";
import { findEnvironmentId } from "../environments/find-environment-id.ts";
import { exitCodes } from "../exit-codes.ts";

/** An environment that comes with the run, one that stands (its id or the start of it), or none. */
export type RunEnvironment = { bring: ResolvedEnvironment } | { use: string } | null;

/** What `--environment` means. Throws CliError (usage) when a suite needs one and none was named. */
export function chooseRunEnvironment(
  configuration: ResolvedConfiguration,
  suites: readonly SuiteSpec[],
  given: string | undefined,
): RunEnvironment {
  if (given !== undefined)
    return /^e-[a-z2-7]{1,16}$/.test(given)
      ? { use: given }
      : { bring: chooseEnvironment(configuration, given) };
  const needy = suites.find((suite) => usesEnvironment(suite));
  if (needy === undefined) return null;
  throw new CliError(`suite "${needy.name}" uses \${environment.…} and no environment was named`, {
    fix: `say which one: --environment ${configuration.environments[0]?.name ?? "<name>"}`,
    exitCode: exitCodes.usage,
  });
}

/** The same as a part of the request. */
export async function environmentOf(
  project: ProjectClient,
  environment: RunEnvironment,
  contentSha256: string,
): Promise<CreateRunInput["environment"]> {
  if (environment === null) return null;
  if ("use" in environment) return { id: await findEnvironmentId(project, environment.use) };
  return { ...environment.bring, contentSha256 };
}

function usesEnvironment(suite: SuiteSpec): boolean {
  const texts = [...(suite.command ?? []), ...suite.arguments, ...Object.values(suite.env)];
  // In a command for the shell they have become the shell's own variables.
  return texts.some((text) => text.includes("${environment.") || text.includes("${SEATRIAL_ENVIRONMENT_"));
}
