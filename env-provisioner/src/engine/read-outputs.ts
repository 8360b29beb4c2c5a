import type { FindType } from "@seatrial/kube-link/find-type.ts";
import { pathOfObject } from "@seatrial/kube-link/find-type.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { OperationError } from "../operation-error.ts";
import type { PlannedObject } from "../planned-object.ts";
import type { Stage } from "./engine-request.ts";

const valueLimit = 4_096;

/** A stage's outputs, read from the cluster. Throws `template_invalid` for one that is not there. */
export async function readOutputs(
  deps: { kube: KubeClient; findType: FindType },
  stage: Stage,
  planned: readonly PlannedObject[],
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [output, { object, field }] of Object.entries(stage.outputs)) {
    const refuse = (why: string) =>
      new OperationError("template_invalid", `Output ${output} of component ${stage.name}: ${why}`);
    const found = planned.find((one) => `${one.object.kind}/${one.object.metadata.name}` === object);
    if (!found) throw refuse(`the component has no ${object}`);
    const { apiVersion, kind, metadata } = found.object;
    if (kind === "Secret")
      throw refuse("a Secret's fields would stand in other objects in clear; name the Secret there instead");
    const type = await deps.findType(apiVersion, kind);
    if (!type) throw refuse(`the cluster does not serve ${apiVersion} ${kind}`);
    const path = pathOfObject(type, found.namespaced ? (metadata.namespace ?? null) : null, metadata.name);
    const value = fieldOf(await deps.kube.get<unknown>(path), field);
    if (!["string", "number", "boolean"].includes(typeof value))
      throw refuse(`${object} has no text, number or truth value at ${field}`);
    const text = String(value);
    if (text.length > valueLimit) throw refuse(`it is longer than ${valueLimit} characters`);
    values[output] = text;
  }
  return values;
}

/** The value at a path such as `spec.ports[0].nodePort` or `metadata.annotations["example.com/a"]`. */
export function fieldOf(value: unknown, field: string): unknown {
  const steps = field.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g);
  let at = value;
  for (const [, quoted, index, name] of steps) {
    const key = quoted ?? index ?? name ?? "";
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
