import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import { OperationError, type SourcePlace } from "../operation-error.ts";
import type { RenderContext } from "./render-context.ts";

/**
 * `${components.x.y}`, `${change.x}` and `${environment.x}` are ours; any other `${…}` is somebody else's (a shell's,
 * a Java property's) and stays as it is. `$${…}` writes one of ours as it stands.
 */
const pattern = /\$?\$\{\s*((?:components|change|environment)\.[A-Za-z0-9_.-]+)\s*\}/g;
const whole = /^\$\{\s*components\.[A-Za-z0-9_.-]+\s*\}$/;

export type Variables = {
  /** Fills in a text. `where` names it in errors, such as `deploy/app.yaml:7` or `values.image.tag`. */
  fill: (text: string, where: string, place: SourcePlace | null) => string;
};

type Facts = Pick<RenderContext, "outputs" | "change" | "environmentId" | "namespace">;

/** Throws OperationError (`template_invalid`) with the nearest known name for a variable that does not exist. */
export function createVariables(facts: Facts): Variables {
  const known = new Map<string, string | null>([
    ["environment.id", facts.environmentId],
    ["environment.namespace", facts.namespace],
    ["change.sha", facts.change?.sha ?? null],
    ["change.branch", facts.change?.branch ?? null],
  ]);
  for (const [component, outputs] of Object.entries(facts.outputs))
    for (const [name, value] of Object.entries(outputs)) known.set(`components.${component}.${name}`, value);
  return {
    fill: (text, where, place) =>
      text.replace(pattern, (found, name: string) => {
        if (found.startsWith("$$")) return found.slice(1);
        const value = known.get(name);
        if (typeof value === "string") return value;
        const why = value === null ? missing(name) : unknown(name, [...known.keys()]);
        throw new OperationError("template_invalid", `${where}: ${why}`, place);
      }),
  };
}

function missing(name: string): string {
  return `\${${name}} is not known: this environment has no ${name === "change.sha" ? "commit" : "branch"}`;
}

function unknown(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const fix = nearest ? `did you mean \${${nearest}}?` : `known: ${known.join(", ")}`;
  return `there is no \${${name}} (${fix}; write $\${${name}} to keep it as it stands)`;
}

/** True for a text that is one output and nothing else. */
export function isOneOutput(text: string): boolean {
  return whole.test(text);
}

/** All texts of a value filled in; `path` says where it stands, as in `values.image.tag`. Keys stay as they are. */
export function fillValue(value: unknown, path: string, variables: Variables): unknown {
  if (typeof value === "string") return variables.fill(value, path, null);
  if (Array.isArray(value))
    return value.map((item, index) => fillValue(item, `${path}[${index}]`, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillValue(item, `${path}.${key}`, variables)]),
  );
}
