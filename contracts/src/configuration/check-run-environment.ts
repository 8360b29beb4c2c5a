import { environmentReferences, environmentVariableNames } from "../environments/environment-variables.ts";
import type { Configuration, ConfiguredSuite } from "./configuration-schema.ts";
import type { ConfiguredRun } from "./run-fields.ts";

/** What its suites ask of an environment that the run does not bring: nobody could fill it in. */
export function checkRunEnvironment(
  run: ConfiguredRun,
  file: Pick<Configuration, "suites" | "environments">,
): { message: string; fix: string }[] {
  const name = run.environment;
  const environment = name === undefined ? undefined : file.environments?.[name];
  // A name that the file does not have is told elsewhere.
  if (name !== undefined && environment === undefined) return [];
  const known = environmentVariableNames(Object.keys(environment?.expose ?? {}));
  const missing = (run.suites ?? Object.keys(file.suites)).flatMap((suite) =>
    variablesOf(file.suites[suite])
      .filter((variable) => environment === undefined || !known.includes(variable))
      .slice(0, 1)
      .map((variable) => ({ suite, variable })),
  );
  return missing.map(({ suite, variable }) =>
    name === undefined
      ? {
          message: `suite '${suite}' uses \${environment.${variable}} and the run names no environment`,
          fix: `write environment: ${Object.keys(file.environments ?? {})[0] ?? "preview"}`,
        }
      : {
          message: `suite '${suite}' uses \${environment.${variable}}, which '${name}' does not have`,
          fix: `expose it there, or use one of: ${known.join(", ")}`,
        },
  );
}

/** `web.url` of `${environment.web.url}`. */
function variablesOf(suite: ConfiguredSuite | undefined): string[] {
  if (suite === undefined) return [];
  const { command = [], arguments: words = [], env = {} } = suite;
  const texts = [...[command].flat(), ...words, ...Object.values(env)];
  return texts.flatMap(environmentReferences);
}
