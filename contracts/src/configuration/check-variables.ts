import { environmentVariableNames } from "../environments/environment-variables.ts";
import { type ConfigurationError, type FieldPath, fieldName } from "./configuration-error.ts";
import { componentNameOf } from "./environment-rules.ts";
import { nearestName } from "./nearest-name.ts";
import type { YamlFile } from "./read-yaml.ts";
import { variableNames, variablePattern } from "./variables.ts";

type Found = { message: string; fix: string };

/** Errors for variables that do not exist, or stand where none are filled in. */
export function checkVariables(file: YamlFile): ConfigurationError[] {
  const errors: ConfigurationError[] = [];
  const look = (value: unknown, path: FieldPath, parents: readonly unknown[]): void => {
    if (typeof value === "string") errors.push(...checkText(value, path, file));
    // An alias may point at its own parent; such a file is refused for its shape.
    if (value === null || typeof value !== "object" || parents.includes(value)) return;
    for (const [key, item] of Object.entries(value))
      look(item, [...path, Array.isArray(value) ? Number(key) : key], [...parents, value]);
  };
  look(file.value, [], []);
  return errors;
}

function checkText(text: string, path: FieldPath, file: YamlFile): ConfigurationError[] {
  const names = Array.from(text.matchAll(variablePattern), (match) => ({
    name: match[1] ?? "",
    // `$${…}` of an environment's values stands for itself.
    isEscaped: text[match.index - 1] === "$",
  }));
  return names.flatMap(({ name, isEscaped }) => {
    const found =
      path[0] === "environments"
        ? isEscaped
          ? null
          : checkInEnvironment(name, path, file)
        : checkInSuite(name, path, file);
    return found === null ? [] : [{ ...file.positionOf(path, "value"), field: fieldName(path), ...found }];
  });
}

function checkInSuite(name: string, path: FieldPath, file: YamlFile): Found | null {
  const isOfEnvironment = name.startsWith("environment.");
  const endpoints = endpointsOf(file.value);
  const known = isOfEnvironment
    ? environmentVariableNames(endpoints).map((one) => `environment.${one}`)
    : [...variableNames];
  if (!known.includes(name))
    return isOfEnvironment && endpoints.length === 0
      ? {
          message: `no environment of this file exposes an endpoint for '\${${name}}'`,
          fix: "write environments: {preview: {chart: …, expose: {web: 8080}}}",
        }
      : unknown(name, known);
  const places = isOfEnvironment ? ["env", "command", "arguments"] : ["env", "command"];
  if (places.includes(String(path[2]))) return null;
  return {
    message: `'\${${name}}' is not filled in here`,
    fix: `use ${isOfEnvironment ? "it" : "variables"} in ${places.map((place) => `'${place}'`).join(" or ")}`,
  };
}

/** Other words than these three belong to the chart or the program that gets the value. */
function checkInEnvironment(name: string, path: FieldPath, file: YamlFile): Found | null {
  if (!/^(components|change|environment)\./.test(name)) return null;
  const isComponent = path[2] === "components";
  const place = isComponent ? path[4] : path[2];
  if (place !== "values" && place !== "images")
    return { message: `'\${${name}}' is not filled in here`, fix: "use variables in 'values' or 'images'" };
  const known = [
    ...["change.sha", "change.branch", "environment.id", "environment.namespace"],
    ...(isComponent ? outputsBefore(file.value, path) : []),
  ];
  return known.includes(name) ? null : unknown(name, known);
}

function unknown(name: string, known: readonly string[]): Found {
  const nearest = nearestName(name, known);
  return {
    message: `unknown variable '\${${name}}'`,
    fix: nearest ? `did you mean '\${${nearest}}'?` : `known: ${known.join(", ")}`,
  };
}

function keysOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function entry(value: unknown, key: string): unknown {
  return keysOf(value).find(([name]) => name === key)?.[1];
}

/** Endpoints of all environments of the file: which one a run brings is not known here. */
function endpointsOf(root: unknown): string[] {
  const environments = keysOf(entry(root, "environments"));
  return [
    ...new Set(
      environments.flatMap(([, environment]) => keysOf(entry(environment, "expose")).map(([name]) => name)),
    ),
  ];
}

/** `components.<name>.<output>` of the components that are ready before this one is made. */
function outputsBefore(root: unknown, path: FieldPath): string[] {
  const environment = entry(entry(root, "environments"), String(path[1]));
  const components = keysOf(entry(environment, "components")).slice(0, Number(path[3]));
  return components.flatMap(([, component]) => {
    const name = componentNameOf(Object.fromEntries(keysOf(component)));
    return keysOf(entry(component, "outputs")).map(([output]) => `components.${name}.${output}`);
  });
}
