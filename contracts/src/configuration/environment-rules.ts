import type { z } from "zod";
import { nameSchema } from "../suites/suite-spec.ts";

type Written = Record<string, unknown>;
type Wrong = (path: (string | number)[], message: string, fix: string) => void;

export const componentSources = ["chart", "kustomize", "manifests"] as const;

/** What no single field of a component can know. Issues carry their own fix in `params.fix`. */
export function checkComponents(written: Written, context: z.RefinementCtx): void {
  const wrong = report(written, context);
  checkSources(written, componentSources, wrong);
  checkValues(written, wrong);
}

/** What no single field of an environment can know: its sources, its components' names, and keys that would do nothing. */
export function checkEnvironment(written: Written, context: z.RefinementCtx): void {
  const wrong = report(written, context);
  checkSources(written, [...componentSources, "components"], wrong);
  if (Array.isArray(written.components)) {
    for (const key of ["values", "images", "name"])
      if (written[key] !== undefined)
        wrong([key], "belongs to one component", "write it into the component that it is for");
    checkNames(written.components, wrong);
  } else checkValues(written, wrong);
  if (written.ready !== undefined && written.expose === undefined)
    wrong(["ready"], "has nothing to ask: no endpoint is exposed", "write expose: {web: 8080}");
}

function report(written: Written, context: z.RefinementCtx): Wrong {
  return (path, message, fix) =>
    void context.addIssue({ code: "custom", path, message, params: { fix }, input: written });
}

function checkSources(written: Written, sources: readonly string[], wrong: Wrong): void {
  const named = sources.filter((source) => written[source] !== undefined);
  const [first, second] = named;
  if (first === undefined)
    wrong([], `has none of ${sources.map((source) => `'${source}'`).join(", ")}`, "write one of them");
  else if (second !== undefined)
    wrong(
      [second],
      `cannot stand beside '${first}'`,
      sources.includes("components")
        ? `keep one, or write components: [{${first}: …}, {${second}: …}]`
        : "keep one, or make two components",
    );
}

/** Files after written values would look as if they won. */
function checkValues(written: Written, wrong: Wrong): void {
  const { values } = written;
  if (values === undefined) return;
  if (written.chart === undefined) wrong(["values"], "is only for charts", "remove it");
  if (!Array.isArray(values)) return;
  const inline = values.findIndex((item) => typeof item !== "string");
  const late = values.findIndex((item, index) => typeof item === "string" && inline >= 0 && index > inline);
  if (late >= 0) wrong(["values", late], "stands after written values, which always win", "list files first");
}

function checkNames(components: unknown[], wrong: Wrong): void {
  const seen = new Set<string>();
  for (const [index, component] of components.entries()) {
    if (typeof component !== "object" || component === null) continue;
    const name = componentNameOf(component as Written);
    if (name === null)
      wrong(["components", index], "has no name that fits", "write name: as in name: database");
    else if (seen.has(name))
      wrong(["components", index], `is the second with the name '${name}'`, "write name: for one of them");
    else seen.add(name);
  }
}

/** The written name, else the last part of the path without `.yaml`; null when that is no name. */
export function componentNameOf(component: Written): string | null {
  if (typeof component.name === "string") return component.name;
  const path = componentSources.map((source) => component[source]).find((value) => typeof value === "string");
  const last =
    String(path ?? "")
      .split("/")
      .findLast((part) => part !== "" && part !== ".") ?? "";
  const name = last.replace(/\.(ya?ml|json)$/, "");
  return nameSchema.safeParse(name).success ? name : null;
}
