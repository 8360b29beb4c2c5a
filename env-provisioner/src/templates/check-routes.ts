import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";

/**
 * Host names are shared by a whole cluster: who names another's, or none at all (everything that nobody else names),
 * takes its traffic. So each must hold the environment's namespace.
 */
export function checkRoutes({ object }: PlannedObject, { namespace }: AdmissionPolicy): string[] {
  const hosts = hostsOf(object);
  if (hosts === null || (hosts.length > 0 && hosts.every((host) => isOwn(host, namespace)))) return [];
  return [
    "would take the traffic of others: name hosts, each with the namespace in it, as in web.${environment.namespace}.example.org (in a chart: {{ .Release.Namespace }})",
  ];
}

const isOwn = (host: unknown, namespace: string) => typeof host === "string" && host.includes(namespace);

type Fields = Record<string, unknown>;

/** What it says, `undefined` for a rule without host; null: it takes no traffic by name. */
function hostsOf({ apiVersion, kind, ...object }: PlannedObject["object"]): unknown[] | null {
  const group = apiVersion.replace(/\/.*/, "");
  const spec = fields((object as Fields).spec);
  if (group === "networking.k8s.io" && kind === "Ingress") {
    const fallback = spec.defaultBackend === undefined || spec.defaultBackend === null ? [] : [undefined];
    return [...list(spec.rules).map((rule) => fields(rule).host), ...fallback];
  }
  if (group !== "gateway.networking.k8s.io") return null;
  if (kind === "Gateway") return list(spec.listeners).map((listener) => fields(listener).hostname);
  return kind.endsWith("Route") ? list(spec.hostnames) : null;
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
