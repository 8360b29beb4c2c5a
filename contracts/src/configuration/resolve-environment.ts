import type { z } from "zod";
import { environmentRequestSchema } from "../environments/environment.ts";
import {
  type ComponentKind,
  componentKinds,
  type EnvironmentTemplateInput,
  environmentTemplateSchema,
} from "../environments/environment-template.ts";
import { resolveTolerations } from "./cluster-fields.ts";
import type { ConfiguredComponent } from "./component-fields.ts";
import type { ConfiguredEnvironment } from "./environment-fields.ts";
import { componentNameOf } from "./environment-rules.ts";
import { parseDurationSeconds } from "./quantities.ts";

/** An environment of the file with every default filled in; with its content it is an `EnvironmentRequest`. */
export const resolvedEnvironmentSchema = environmentRequestSchema.omit({ contentSha256: true });
export type ResolvedEnvironment = z.infer<typeof resolvedEnvironmentSchema>;

/**
 * An environment of a checked file. Variables stay as they are: the provisioner fills them in when it renders.
 * Throws a ZodError when the file was not checked by `configurationSchema` before.
 */
export function resolveEnvironment(name: string, written: ConfiguredEnvironment): ResolvedEnvironment {
  const components = written.components ?? [written];
  return resolvedEnvironmentSchema.parse({
    name,
    template: environmentTemplateSchema.parse({
      components: components.map((component) => resolveComponent(name, component)),
      expose: Object.fromEntries(
        Object.entries(written.expose ?? {}).map(([endpoint, exposed]) => [
          endpoint,
          resolveEndpoint(exposed, written.ready),
        ]),
      ),
      ...(written.podSecurity === undefined ? {} : { podSecurity: written.podSecurity }),
      ...(written.waitForIngress === undefined ? {} : { waitForIngress: written.waitForIngress }),
      ...seconds("timeoutSeconds", written.timeout),
    }),
    clusters: {
      labels: written.clusters?.labels ?? {},
      tolerate: resolveTolerations(written.clusters?.tolerate),
    },
    ...seconds("ttlSeconds", written.ttl),
    ...seconds("keepOnFailureSeconds", written.keepOnFailure),
  });
}

type ComponentInput = EnvironmentTemplateInput["components"][number];
type Written = Omit<ConfiguredComponent, "outputs"> & Pick<Partial<ConfiguredComponent>, "outputs">;

function resolveComponent(environment: string, written: Written): ComponentInput {
  const { kind, path } = sourceOf(written);
  const values = written.values === undefined ? [] : [written.values].flat();
  return {
    name: componentNameOf(written) ?? environment,
    kind,
    path,
    valueFiles: values.filter((item) => typeof item === "string"),
    values: values.filter((item) => typeof item !== "string").reduce(mergeValues, {}),
    images: written.images ?? {},
    outputs: written.outputs ?? {},
  };
}

function sourceOf(written: Written): { kind: ComponentKind; path: string } {
  const keys = { chart: "chart", kustomization: "kustomize", manifests: "manifests" } as const;
  for (const kind of componentKinds) {
    const path = written[keys[kind]];
    if (path !== undefined) return { kind, path };
  }
  throw new Error("a component without a source was not refused");
}

type Values = NonNullable<ComponentInput["values"]>;

/** As helm merges value files: mappings key by key, all else is replaced. */
function mergeValues(base: Values, over: Values): Values {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isMapping(before) && isMapping(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Exposed = NonNullable<ConfiguredEnvironment["expose"]>[string];

function resolveEndpoint(written: Exposed, ready: ConfiguredEnvironment["ready"]): object {
  const { ready: own, ...endpoint } = typeof written === "number" ? { port: written } : written;
  const probe = own ?? ready;
  return probe === undefined ? endpoint : { ...endpoint, ready: probe };
}

function seconds(name: string, duration: string | undefined): Record<string, number> {
  const parsed = duration === undefined ? null : parseDurationSeconds(duration);
  return parsed === null ? {} : { [name]: parsed };
}
