import { applyObject } from "@seatrial/kube-link/apply-object.ts";
import { fieldManager } from "../labels.ts";
import type { KubernetesObject } from "../planned-object.ts";
import { untilGone } from "./delete-object.ts";
import { InitFailure } from "./init-failure.ts";
import type { LiveObject } from "./live-object.ts";
import { lookFirst, pathOf, typeOf } from "./look-first.ts";
import { idOf, type ObjectOutputs, outputsOf } from "./object-identity.ts";
import { isPassing, patiently } from "./patiently.ts";
import type { ProviderDeps } from "./provider-types.ts";
import { NotReadyError, waitUntilReady } from "./readiness/wait-until-ready.ts";
import { explainRefusal, refuse } from "./refuse.ts";

/**
 * Creates or updates one object and waits until it is ready. One that is ours already is taken as it is, so a lost
 * state mends itself. Throws `InitFailure` when the object may be there but is not ready, so that the state keeps it.
 */
export async function putObject(
  deps: ProviderDeps,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<{ id: string; outputs: ObjectOutputs }> {
  const place = deps.placeOf(object);
  const type = await patiently(() => typeOf(deps, object), signal);
  const before = await patiently(() => lookFirst(deps, type, object, signal), signal);
  if (before?.metadata.deletionTimestamp) await untilGone(deps, type, before, signal);
  const apply = () =>
    applyObject<LiveObject>(deps.kube, pathOf(type, object), object, { fieldManager, signal });
  const applied = await patiently(apply, signal).catch((error: unknown) => {
    // Nobody knows whether it arrived: the state must hold it, or it would be forgotten.
    if (!isPassing(error) && !signal.aborted) throw error;
    throw new InitFailure(idOf(object), outputsOf(object, undefined), explainRefusal(error, object, place));
  });
  deps.onApplied();
  const outputs = outputsOf(object, applied.metadata.uid);
  try {
    await waitUntilReady(deps, type, applied, signal);
  } catch (error) {
    const failure =
      error instanceof NotReadyError
        ? refuse("not_ready", object, `not ready: ${error.message}`, place, error)
        : explainRefusal(error, object, place);
    throw new InitFailure(idOf(object), outputs, failure);
  }
  return { id: idOf(object), outputs };
}
