import { limits } from "@seatrial/contracts/limits.ts";
import { OperationError } from "../operation-error.ts";
import type { PlannedObject } from "../planned-object.ts";
import type { AdmissionPolicy } from "./admission-policy.ts";
import { checkFields } from "./check-fields.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkNetwork } from "./check-network.ts";
import { checkPods } from "./check-pods.ts";
import { checkRights } from "./check-rights.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkScope } from "./check-scope.ts";
import { checkVolumes } from "./check-volumes.ts";
import type { FoundWrong, Refusal } from "./refusal.ts";
import { placeOf } from "./to-objects.ts";

/**
 * Lets through only what may be in an environment. Throws `OperationError` (`object_refused`) for the first object
 * that may not, with kind, name, file, line and what to do; {@link findRefusals} says all of them. What pods may do
 * (privileges, host paths) is left to the namespace's pod security level.
 */
export function admitObjects(objects: readonly PlannedObject[], policy: AdmissionPolicy): void {
  const [first] = findRefusals(objects, policy);
  if (first) throw new OperationError("object_refused", first.message, first.place);
}

/** Everything that would be refused, in the order of the objects. */
export function findRefusals(objects: readonly PlannedObject[], policy: AdmissionPolicy): Refusal[] {
  const refusals = objects.flatMap((planned) =>
    checks.flatMap((check) => check(planned, policy)).map((why) => describe(planned, why)),
  );
  return [...refusals, ...findDuplicates(objects), ...tooMany(objects)];
}

const checks: readonly ((planned: PlannedObject, policy: AdmissionPolicy) => FoundWrong[])[] = [
  ...[checkScope, checkMetadata, checkNetwork, checkRoutes, checkRights, checkPods, checkVolumes],
  checkFields,
];

function describe({ object, source, lineOf }: PlannedObject, wrong: FoundWrong): Refusal {
  const { why, path } = typeof wrong === "string" ? { why: wrong, path: null } : wrong;
  const line = path === null ? null : lineOf?.(path);
  const place = source === null || line === null || line === undefined ? source : { ...source, line };
  const where = place === null ? "" : `${placeOf(place)}: `;
  const { kind } = object;
  const { name } = object.metadata;
  return { kind, name, message: `${where}${kind} ${name} ${why}`, place };
}

/** Two components may not make the same object: the later would take it from the earlier. */
function findDuplicates(objects: readonly PlannedObject[]): Refusal[] {
  const seen = new Map<string, PlannedObject>();
  return objects.flatMap((planned) => {
    const { apiVersion, kind, metadata } = planned.object;
    const group = apiVersion.includes("/") ? apiVersion.replace(/\/.*/, "") : "";
    const id = `${group}/${kind}/${metadata.name}`;
    const first = seen.get(id);
    seen.set(id, first ?? planned);
    if (!first) return [];
    return [describe(planned, `is in component ${first.component} too: keep one`)];
  });
}

function tooMany(objects: readonly PlannedObject[]): Refusal[] {
  const first = objects[limits.renderedObjects];
  if (!first) return [];
  return [
    describe(
      first,
      `is one of ${objects.length} objects: at most ${limits.renderedObjects} fit an environment`,
    ),
  ];
}
