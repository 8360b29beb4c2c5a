import type { TemplateComponent } from "@seatrial/contracts/environments/environment-template.ts";
import type { PlannedObject } from "../planned-object.ts";
import type { RenderContext } from "./render-context.ts";

export type RenderedComponent = {
  objects: PlannedObject[];
  /** Test hooks of a chart that are not applied, as `Pod/podinfo-grpc-test (charts/podinfo/templates/tests/grpc.yaml)`. */
  leftOut: string[];
};

/**
 * The objects of one component as they will be applied, in a stable order with stable keys. Nothing reaches the
 * network, and no cluster is asked. Throws `OperationError`: `template_invalid` (the template itself is wrong),
 * `render_failed` (helm or kustomize refuses it), `object_refused` (too large, a hook), with file and line where
 * there is one; messages never hold values.
 */
export async function renderComponent(
  component: TemplateComponent,
  context: RenderContext,
): Promise<RenderedComponent> {
  throw new Error(`not written yet: ${component.name} in ${context.namespace}`);
}
