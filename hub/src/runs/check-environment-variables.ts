import {
  environmentReferences,
  environmentVariableNames,
} from "@seatrial/contracts/environments/environment-variables.ts";
import { type FieldError, SeatrialError } from "@seatrial/contracts/errors.ts";
import type { SuiteSpec } from "@seatrial/contracts/suites/suite-spec.ts";

/**
 * Refuses `${environment.*}` that could never be filled in, before anything is made. `endpoints`: what the environment's
 * template exposes; null: the run has no environment. Throws `invalid_request` with each wrong field.
 */
export function checkEnvironmentVariables(
  suites: readonly SuiteSpec[],
  endpoints: readonly string[] | null,
): void {
  const known = endpoints === null ? [] : environmentVariableNames(endpoints);
  const fields: FieldError[] = suites.flatMap((suite, index) =>
    textsOf(suite).flatMap(([place, text]) =>
      environmentReferences(text)
        .filter((name) => !known.includes(name))
        .map((name) => ({ path: `/suites/${index}/${place}`, message: problem(name, known) })),
    ),
  );
  if (fields[0])
    throw new SeatrialError("invalid_request", `${fields[0].path}: ${fields[0].message}`, { fields });
}

function problem(name: string, known: readonly string[]): string {
  const named = `'\${environment.${name.slice(0, 100)}}'`;
  if (known.length === 0) return `${named} needs an environment: name one in the run's 'environment'`;
  return `${named} is not known: it may be ${known.map((one) => `'${one}'`).join(", ")}`;
}

function textsOf(suite: SuiteSpec): [string, string][] {
  const vector = (field: string, texts: readonly string[] | null): [string, string][] =>
    (texts ?? []).map((text, index) => [`${field}/${index}`, text]);
  const env = Object.entries(suite.env).map(([name, text]): [string, string] => [`env/${name}`, text]);
  return [...vector("command", suite.command), ...vector("arguments", suite.arguments), ...env];
}
