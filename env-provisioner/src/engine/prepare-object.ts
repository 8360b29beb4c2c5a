import { nameOf } from "../kubernetes-provider/object-identity.ts";
import { holdsSignature, unknownValue } from "../kubernetes-provider/struct-values.ts";
import { environmentLabel, managedByLabel, projectLabel } from "../labels.ts";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";

/**
 * A planned object as the engine gets it: with the environment's labels, without a status, and with a Secret's
 * `stringData` as `data`. That must happen before the engine sees it: server-side apply never removes a key that once
 * came as `stringData`, and a change in the provider would put it into the state in clear. Throws `object_refused` for
 * an object that would mean something to the engine itself.
 */
export function prepareObject(
  { object, source }: PlannedObject,
  of: { environmentId: string; project: string },
): KubernetesObject {
  if (holdsSignature(object) || JSON.stringify(object).includes(unknownValue))
    throw new OperationError(
      "object_refused",
      `${nameOf(object)} holds a value that is reserved for the engine; remove it`,
      source,
    );
  const { status: _, ...kept } = object;
  const labels = {
    ...managedByLabel,
    ...object.metadata.labels,
    [environmentLabel]: of.environmentId,
    [projectLabel]: of.project,
  };
  const labelled = { ...kept, metadata: { ...object.metadata, labels } };
  return object.apiVersion === "v1" && object.kind === "Secret" ? withData(labelled) : labelled;
}

function withData(secret: KubernetesObject): KubernetesObject {
  const { stringData, ...rest } = secret;
  if (typeof stringData !== "object" || stringData === null) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text)).toString("base64"),
  ]);
  // The API server merges them in this order too.
  return { ...rest, data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) } };
}
