import type { KnownFields } from "./fields/known-fields.ts";
import type { ResourceTypes } from "./resource-types.ts";

/** What is known of the change an environment is for; `null` where nothing is known. */
export type ChangeFacts = { sha: string | null; branch: string | null };

/** The cluster that a component is rendered for. */
export type RenderTarget = {
  /** Such as `v1.36.3`: what charts see as `.Capabilities.KubeVersion`. */
  kubeVersion: string;
  /** `group/version` and `group/version/Kind` as the cluster serves them: `.Capabilities.APIVersions`. */
  apiVersions: readonly string[];
  resources: ResourceTypes;
  fields: KnownFields;
};

/** Where and for what a component is rendered. All components of one environment share one `target` and `budget`. */
export type RenderContext = {
  /** The unpacked content; the component's paths are in it. */
  contentFolder: string;
  environmentId: string;
  namespace: string;
  target: RenderTarget;
  /** Outputs of earlier components, by component and output name. */
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  change: ChangeFacts | null;
  /** Absolute paths of the programs. */
  tools: { helm: string; kubectl: string };
  /** What all components of an environment may render together; without it, this component has it to itself. */
  budget?: RenderBudget;
  signal?: AbortSignal;
};

/** Counts down while components are rendered: YAML bytes and objects. */
export type RenderBudget = { bytes: number; objects: number };
