/** A Kubernetes object as a template renders it: JSON, nothing added. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
};

export type LineOf = (path: readonly (string | number)[]) => number;

/** One object of an environment's plan: what will be applied, where it comes from, after what. */
export type PlannedObject = {
  /** Unique in the plan and stable between renders: `<component>/<apiVersion>/<kind>/<name>`. */
  key: string;
  /** The component it is of; "guardrails" for what Seatrial adds before all others. */
  component: string;
  object: KubernetesObject;
  /** False for cluster-scoped types. */
  namespaced: boolean;
  /** Keys that must be ready first, inside its component (CRDs before their resources, and so on). */
  after: readonly string[];
  /** Where it stands in the content, for errors; null for guardrails. */
  source: { file: string; line: number | null } | null;
  /** The line of one of its fields, or of the nearest one around it that stands there. Only where the file is YAML as it is. */
  lineOf?: LineOf;
};
