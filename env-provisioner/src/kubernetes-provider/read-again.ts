import type { KubernetesObject } from "../planned-object.ts";
import { InitFailure } from "./init-failure.ts";
import { readOurs } from "./look-first.ts";
import { idOf, outputsOf } from "./object-identity.ts";
import type { ProviderDeps } from "./provider-types.ts";
import { judgeObject } from "./readiness/judge-object.ts";
import { refuse } from "./refuse.ts";

/**
 * Reads a recorded object before an `up`; answers with its UID, or null when it is gone. One that is not ready any more
 * or whose last operation did not end is told as an `InitFailure`: the engine then applies it again and waits for it,
 * instead of taking it for the same.
 */
export async function readAgain(
  deps: ProviderDeps,
  object: KubernetesObject,
  urn: string,
  signal: AbortSignal,
): Promise<string | null> {
  const live = await readOurs(deps, object, signal);
  if (live === null) return null;
  const { uid = "" } = live.metadata;
  const verdict = judgeObject(live, { applied: live, waitForIngress: deps.waitForIngress });
  if (verdict.state === "ready" && !deps.isUnsettled(urn)) return uid;
  const why = verdict.state === "ready" ? "its last operation did not end" : verdict.why;
  const finding = refuse("not_ready", object, why, deps.placeOf(object));
  throw new InitFailure(idOf(object), outputsOf(object, uid), finding, true);
}
