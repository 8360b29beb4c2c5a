import { applyObject } from "@seatrial/kube-link/apply-object.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { fieldManager } from "../labels.ts";
import type { KubernetesObject } from "../planned-object.ts";
import { pathOf, typeOf } from "./look-first.ts";
import { identityOf } from "./object-identity.ts";
import { patiently } from "./patiently.ts";
import type { ProviderDeps } from "./provider-types.ts";
import { explainRefusal } from "./refuse.ts";
import { holdsUnknown, isSame } from "./struct-values.ts";

export type Difference = {
  changed: boolean;
  /** Fields that cannot be changed in place: the object is deleted and made anew. */
  replaces: readonly string[];
};

/**
 * What a new version of an object's inputs means. Only inputs are compared; whether a change is possible is the API
 * server's to say, by a dry run of the very same apply.
 */
export async function diffObject(
  deps: ProviderDeps,
  before: KubernetesObject,
  after: KubernetesObject,
  signal: AbortSignal,
): Promise<Difference> {
  if (isSame(before, after)) return { changed: false, replaces: [] };
  if (identityOf(before) !== identityOf(after)) return { changed: true, replaces: ["metadata.name"] };
  if (holdsUnknown(after)) return { changed: true, replaces: [] };
  try {
    await patiently(async () => {
      const path = pathOf(await typeOf(deps, after), after);
      await applyObject(deps.kube, path, after, { fieldManager, dryRun: true, signal });
    }, signal);
    return { changed: true, replaces: [] };
  } catch (error) {
    // Not there, or its namespace is not: the update makes it anew.
    if (hasStatus(error, 404)) return { changed: true, replaces: [] };
    const replaces = fieldsThatCannotChange(error);
    if (replaces.length > 0) return { changed: true, replaces };
    throw explainRefusal(error, after, deps.placeOf(after));
  }
}

/** How the API's validation words it (apimachinery validation.ValidateImmutableField, apps and core validation). */
const immutable =
  /immutable|may not (be )?change|cannot (be )?change|Forbidden: updates to|may not be updated|can not be (changed|updated)/i;

export function fieldsThatCannotChange(error: unknown): string[] {
  if (!(error instanceof KubeError) || error.status !== 422) return [];
  const fields = error.causes
    .filter(({ message = "" }) => immutable.test(message))
    .map(({ field }) => field ?? "spec");
  if (fields.length > 0) return [...new Set(fields)];
  return error.causes.length === 0 && immutable.test(error.message) ? ["spec"] : [];
}
