import { identityOf } from "../kubernetes-provider/object-identity.ts";
import type { SourcePlace } from "../operation-error.ts";
import type { KubernetesObject, PlannedObject } from "../planned-object.ts";
import { type Checkpoint, kubernetesResources } from "./checkpoint.ts";
import { expectsEndpoints } from "./expects-endpoints.ts";

/** What an operation has planned so far, and what the state knew before. */
export type PlanBook = {
  add: (planned: readonly PlannedObject[]) => void;
  placeOf: (object: KubernetesObject) => SourcePlace | null;
  expectsEndpoints: (service: KubernetesObject) => boolean;
  /** The engine's type of an object in the state before. */
  knownType: (identity: string) => string | undefined;
  /** True when the state before says that a resource was not ready. */
  isUnsettled: (urn: string) => boolean;
};

export function createPlanBook(before: Checkpoint): PlanBook {
  const known = new Map<string, string>();
  const unsettled = new Set<string>();
  for (const { inputs, type, urn, initErrors, delete: isOld } of kubernetesResources(before)) {
    if (initErrors?.length) unsettled.add(urn);
    const object = inputs as KubernetesObject | undefined;
    if (object?.metadata?.name && !isOld) known.set(identityOf(object), type);
  }
  const places = new Map<string, SourcePlace | null>();
  const objects: KubernetesObject[] = [];
  return {
    add(planned) {
      for (const { object, source } of planned) {
        places.set(identityOf(object), source);
        objects.push(object);
      }
    },
    placeOf: (object) => places.get(identityOf(object)) ?? null,
    expectsEndpoints: (service) => expectsEndpoints(service, objects),
    knownType: (identity) => known.get(identity),
    isUnsettled: (urn) => unsettled.has(urn),
  };
}
