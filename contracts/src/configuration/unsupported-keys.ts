import type { FieldPath } from "./configuration-error.ts";

/**
 * Keys of the file's full shape that this version does not act on yet. They are refused by name, never ignored: a
 * key that does nothing would be a promise broken in silence.
 */
type Place = "root" | "suite" | "clusters" | "reports" | "environment" | "environmentClusters" | PlaceInRun;
type PlaceInRun = "run" | "when" | "runClusters";
const unsupportedKeys: Record<Place, readonly string[]> = {
  root: ["extends", "owner", "validations", "triggers", "policies"],
  suite: ["services", "environment", "content", "optional", "quarantine", "exclusive", "when", "matrix"],
  clusters: ["taints", "names"],
  reports: ["k6", "sarif", "coverage"],
  environment: ["program", "pulumi", "extends"],
  environmentClusters: ["spread", "each", "taints", "names"],
  run: ["validations", "compare", "paths"],
  when: ["push", "event", "webhook", "api", "policy"],
  runClusters: ["labels", "spread", "taints", "names"],
};

/** True when the key at the end of this path belongs to a later version. */
export function isUnsupportedKey(path: FieldPath): boolean {
  const key = path.at(-1);
  const place = placeOf(path.slice(0, -1));
  return typeof key === "string" && place !== null && unsupportedKeys[place].includes(key);
}

function placeOf(parent: FieldPath): Place | null {
  if (parent.length === 0) return "root";
  if (parent[0] === "environments") return placeInEnvironment(parent);
  if (parent[0] === "runs") return placeInRun(parent);
  if (parent[0] !== "suites") return null;
  if (parent.length === 2) return "suite";
  if (parent.length === 3 && (parent[2] === "clusters" || parent[2] === "reports")) return parent[2];
  return null;
}

function placeInRun(parent: FieldPath): PlaceInRun | null {
  if (parent.length === 2) return "run";
  if (parent.length !== 3) return null;
  return parent[2] === "when" ? "when" : parent[2] === "clusters" ? "runClusters" : null;
}

function placeInEnvironment(parent: FieldPath): Place | null {
  if (parent.length === 2 || (parent.length === 4 && parent[2] === "components")) return "environment";
  return parent.length === 3 && parent[2] === "clusters" ? "environmentClusters" : null;
}
