import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TemplateComponent } from "@seatrial/contracts/environments/environment-template.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import { createVariables } from "./fill-variables.ts";
import { orderObjects } from "./order-objects.ts";
import { overrideImages } from "./override-images.ts";
import { type Rendered, readManifests } from "./read-manifests.ts";
import { renderChart } from "./render-chart.ts";
import type { RenderContext } from "./render-context.ts";
import { renderKustomization } from "./render-kustomization.ts";
import { tooLarge } from "./run-tool.ts";
import { placeOf, type SourcedObject } from "./to-objects.ts";

export type RenderedComponent = {
  objects: PlannedObject[];
  /** Test hooks of a chart that are not applied, as `Pod/podinfo-grpc-test-* (charts/podinfo/templates/tests/grpc.yaml)`. */
  leftOut: string[];
};

/**
 * The objects of one component as they will be applied, in a stable order with stable keys. Nothing reaches the
 * network; the cluster is asked only for the fields of types that are not known. Throws `OperationError`: `template_invalid` (the template itself is wrong or too
 * large), `render_failed` (helm or kustomize refuses it), `object_refused` (a hook), with file and line where there
 * is one; messages never hold values.
 */
export async function renderComponent(
  component: TemplateComponent,
  context: RenderContext,
): Promise<RenderedComponent> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-render-"));
  try {
    const rendered = await render(component, context, folder);
    spend(component, rendered, context);
    const objects = rendered.objects.map(({ object }) => object);
    overrideImages(objects, fillImages(component, context), component.name);
    const { resources, fields } = context.target;
    for (const object of objects) {
      resources.learn(object);
      fields.learn(object);
    }
    refuseDuplicates(rendered.objects);
    const namespaced = (object: KubernetesObject, source: SourcedObject["source"]) =>
      isNamespaced(object, source, context);
    await fields.load(objects);
    const plan = { component: component.name, namespace: context.namespace };
    return { objects: orderObjects(plan, rendered.objects, namespaced), leftOut: rendered.leftOut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function render(component: TemplateComponent, context: RenderContext, folder: string): Promise<Rendered> {
  switch (component.kind) {
    case "chart":
      return renderChart(component, context, folder);
    case "kustomization":
      return renderKustomization(component.path, context, folder);
    case "manifests":
      return readManifests(component.path, context);
  }
}

function fillImages(component: TemplateComponent, context: RenderContext): Map<string, string> {
  const variables = createVariables(context);
  return new Map(
    Object.entries(component.images).map(([name, reference]) => [
      name,
      variables.fill(reference, `images of component ${component.name}, "${name}"`, null),
    ]),
  );
}

/** All components together stay within the limits, so that no environment needs more than one operation can hold. */
function spend(component: TemplateComponent, rendered: Rendered, context: RenderContext): void {
  const budget = context.budget ?? { bytes: limits.renderedBytes, objects: limits.renderedObjects };
  budget.bytes -= rendered.bytes;
  budget.objects -= rendered.objects.length;
  const place = { file: component.path, line: null };
  if (budget.bytes < 0) throw new OperationError("template_invalid", `${component.path}: ${tooLarge}`, place);
  if (budget.objects < 0) {
    const message = `${component.path}: the environment has more than ${limits.renderedObjects} objects: make it smaller`;
    throw new OperationError("template_invalid", message, place);
  }
}

function refuseDuplicates(objects: readonly SourcedObject[]): void {
  const seen = new Map<string, SourcedObject>();
  for (const sourced of objects) {
    const { apiVersion, kind, metadata } = sourced.object;
    // Two versions of one group are the same object to the API server.
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
    const id = `${group}/${kind}/${metadata.name}`;
    const first = seen.get(id);
    if (first) {
      const message = `${placeOf(sourced.source)}: ${kind} ${metadata.name} is there twice (also in ${placeOf(first.source)}): keep one`;
      throw new OperationError("template_invalid", message, sourced.source);
    }
    seen.set(id, sourced);
  }
}

function isNamespaced(
  object: KubernetesObject,
  source: SourcedObject["source"],
  context: RenderContext,
): boolean {
  const known = context.target.resources.isNamespaced(object.apiVersion, object.kind);
  if (known !== null) return known;
  const message =
    `${placeOf(source)}: the cluster has no ${object.kind} of ${object.apiVersion} (${object.metadata.name}): ` +
    "install its definition there, or bring it in an earlier component";
  throw new OperationError("template_invalid", message, source);
}
