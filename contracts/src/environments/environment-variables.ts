import type { Endpoint } from "./environment.ts";

/** What of an environment its tests are told. */
export type EnvironmentFactsForTests = {
  readonly id: string;
  readonly namespace: string;
  readonly endpoints: readonly Pick<Endpoint, "name" | "url" | "host" | "port">[];
};

const reference = /\$\{\s*environment\.([A-Za-z0-9_.-]+)\s*\}/g;
const endpointParts = ["url", "host", "port"] as const;

/** The names after `environment.` that a text uses, such as `web.url` and `id`. */
export function environmentReferences(text: string): string[] {
  return Array.from(text.matchAll(reference), (match) => match[1] ?? "");
}

/** Every name after `environment.` that may be used when these endpoints are published. */
export function environmentVariableNames(endpoints: readonly string[]): string[] {
  return ["id", "namespace", ...endpoints.flatMap((name) => endpointParts.map((part) => `${name}.${part}`))];
}

/** The text with `${environment.*}` filled in; what is not known becomes empty. */
export function fillEnvironment(text: string, environment: EnvironmentFactsForTests): string {
  return text.replace(reference, (_whole, name: string) => factOf(environment, name));
}

function factOf({ id, namespace, endpoints }: EnvironmentFactsForTests, name: string): string {
  if (name === "id") return id;
  if (name === "namespace") return namespace;
  const [endpointName, partName] = name.split(".");
  const endpoint = endpoints.find((one) => one.name === endpointName);
  const part = endpointParts.find((one) => one === partName);
  return endpoint === undefined || part === undefined ? "" : String(endpoint[part]);
}

/** `SEATRIAL_ENVIRONMENT_ID`, `_NAMESPACE`, and `_<NAME>_URL|HOST|PORT` of each endpoint (`web-ui` → `WEB_UI`). */
export function environmentProcessVariables(environment: EnvironmentFactsForTests): Record<string, string> {
  const variables: Record<string, string> = {
    SEATRIAL_ENVIRONMENT_ID: environment.id,
    SEATRIAL_ENVIRONMENT_NAMESPACE: environment.namespace,
  };
  for (const endpoint of environment.endpoints)
    for (const part of endpointParts)
      variables[`SEATRIAL_ENVIRONMENT_${shellName(endpoint.name)}_${part.toUpperCase()}`] = String(
        endpoint[part],
      );
  return variables;
}

const shellName = (endpoint: string) => endpoint.toUpperCase().replaceAll("-", "_");
