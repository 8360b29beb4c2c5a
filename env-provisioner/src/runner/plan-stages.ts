import type { TemplateComponent } from "@seatrial/contracts/environments/environment-template.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import type { ComponentOutputs, Stage } from "../engine/engine-request.ts";
import { expiresLabel } from "../labels.ts";
import type { PlannedObject } from "../planned-object.ts";
import { admitObjects } from "../templates/admit-objects.ts";
import { guardrails } from "../templates/guardrails.ts";
import { renderComponent } from "../templates/render-component.ts";
import type { RenderContext, RenderTarget } from "../templates/render-context.ts";
import type { RunnerContext } from "./runner-context.ts";

export type Plan = {
  stages: Stage[];
  /** Test hooks that were left out, as far as components are rendered. */
  leftOut: () => string[];
  /** How many objects are known before anything is applied. Rejects with what is wrong with the template. */
  rendered: Promise<number>;
};

/**
 * The guardrails and then each component. What can be rendered without outputs of others is rendered and admitted at
 * once, and no stage begins before that ended well, so that a mistake in it is found before anything is in the cluster;
 * the rest is rendered when its turn comes.
 */
export function planStages(context: RunnerContext, contentFolder: string, target: RenderTarget): Plan {
  const { work, settings, signal } = context;
  const { environmentId, namespace, project, template } = work;
  const leftOut: string[] = [];
  const base: Omit<RenderContext, "outputs"> = {
    contentFolder,
    environmentId,
    namespace,
    target,
    change: work.change,
    tools: settings.tools,
    budget: { bytes: limits.renderedBytes, objects: limits.renderedObjects },
    signal,
  };
  const policy = {
    environmentId,
    namespace,
    clusterKinds: settings.clusterKinds,
    reaches: Object.values(template.expose).map(({ reach }) => reach),
    resources: target.resources,
    fields: target.fields,
  };
  const make = async (component: TemplateComponent, outputs: ComponentOutputs) => {
    const rendered = await renderComponent(component, { ...base, outputs });
    admitObjects(rendered.objects, policy);
    leftOut.push(...rendered.leftOut);
    return rendered.objects.map((planned) => withExpiry(planned, work.expiresAtEpochSeconds));
  };
  const renderAhead = async () => {
    const ahead = new Map<string, readonly PlannedObject[]>();
    for (const [position, component] of template.components.entries()) {
      // Those after it may need what it brings, such as types of custom resources.
      if (position > 0 && mayUseOutputs(component)) break;
      ahead.set(component.name, await make(component, {}));
    }
    return ahead;
  };
  const rendering = renderAhead();
  const guards = guardrails({
    environmentId,
    project,
    namespace,
    expiresAtEpochSeconds: work.expiresAtEpochSeconds,
    podSecurity: template.podSecurity,
    limits: settings.limits,
    probesFrom: { namespace: settings.leaseNamespace },
    fromNetwork: policy.reaches.includes("network"),
  });
  return {
    stages: [
      { name: "guardrails", plan: () => rendering.then(() => guards), outputs: {} },
      ...template.components.map((component) => ({
        name: component.name,
        plan: async (outputs: ComponentOutputs) =>
          (await rendering).get(component.name) ?? (await make(component, outputs)),
        outputs: component.outputs,
      })),
    ],
    leftOut: () => [...new Set(leftOut)].slice(0, 200),
    rendered: rendering.then((ahead) =>
      [...ahead.values()].reduce((sum, objects) => sum + objects.length, guards.length),
    ),
  };
}

/** A cluster-scoped object may outlive its namespace: the janitor must know its time by itself. */
function withExpiry(planned: PlannedObject, expiresAtEpochSeconds: number): PlannedObject {
  if (planned.namespaced) return planned;
  const { metadata } = planned.object;
  const labels = { ...metadata.labels, [expiresLabel]: String(expiresAtEpochSeconds) };
  return { ...planned, object: { ...planned.object, metadata: { ...metadata, labels } } };
}

/** Outputs may be named in inline values and images, and inside files of manifests, which nobody has read yet. */
function mayUseOutputs(component: TemplateComponent): boolean {
  const inline = JSON.stringify([component.values, component.images]);
  return component.kind === "manifests" || inline.includes("${components.");
}
