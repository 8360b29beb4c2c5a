import { nameOf } from "../kubernetes-provider/object-identity.ts";
import { holdsSignature, unknownValue } from "../kubernetes-provider/struct-values.ts";
import { environmentLabel, managedByLabel, projectLabel } from "../labels.ts";
import { OperationError, type SourcePlace } from "../operation-error.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";

/** Where a client-side apply keeps the whole object as text: of a Secret, its content, which no state may hold. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * A planned object as the engine gets it: with the environment's labels, without a status and without a copy of itself
 * among its annotations, and with a Secret's `stringData` as `data`. That must happen before the engine sees it: server-side apply never removes a key that once
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
  const labelled = { ...kept, metadata: { ...withoutCopy(object.metadata), labels } };
  return object.apiVersion === "v1" && object.kind === "Secret" ? withData(labelled, source) : labelled;
}

function withoutCopy(metadata: KubernetesObject["metadata"]): KubernetesObject["metadata"] {
  if (metadata.annotations?.[lastApplied] === undefined) return metadata;
  const { [lastApplied]: _, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

function withData(secret: KubernetesObject, source: SourcePlace | null): KubernetesObject {
  const { stringData, ...rest } = secret;
  if (stringData === undefined || stringData === null) return rest;
  const refuse = (what: string) =>
    new OperationError("object_refused", `${nameOf(secret)}: ${what} must be text: put it in quotes`, source);
  if (typeof stringData !== "object" || Array.isArray(stringData)) throw refuse("each key of stringData");
  const encoded = Object.entries(stringData).map(([key, text]) => {
    // The API server would refuse it too, but only what is text here can be kept out of sight.
    if (typeof text !== "string") throw refuse(`stringData.${key}`);
    return [key, Buffer.from(text).toString("base64")];
  });
  // The API server merges them in this order too.
  return { ...rest, data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) } };
}
