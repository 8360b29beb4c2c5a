import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Lets through only what may be in an environment. Throws `OperationError` (`object_refused`) for the first object
 * that may not, with kind, name, file, line and what to do; {@link findRefusals} says all of them.
 */
export function admitObjects(objects: readonly PlannedObject[], policy: AdmissionPolicy): void {
  const [first] = findRefusals(objects, policy);
  if (first) throw new Error(first.message);
}

/** Everything that would be refused, in the order of the objects. */
export function findRefusals(objects: readonly PlannedObject[], policy: AdmissionPolicy): Refusal[] {
  throw new Error(`not written yet: ${objects.length} in ${policy.namespace}`);
}
