import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { listAllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { createBlockerWatch } from "../blockers/blocker-watch.ts";
import { makeProof } from "../proof/make-proof.ts";
import { findClusterObjects } from "./find-cluster-objects.ts";
import { findCustomGroups } from "./find-custom-groups.ts";
import { findNamespaces } from "./find-namespaces.ts";
import { releaseVolumes } from "./release-volumes.ts";
import { createRefusals, type RemovalPass } from "./removal-pass.ts";
import type { RemovalOutcome, RemovalRequest } from "./removal-request.ts";
import { removeCallingObjects, removeClusterObjects } from "./remove-cluster-objects.ts";
import { removeCustomResources } from "./remove-custom-resources.ts";
import { removeNamespace } from "./remove-namespace.ts";
import { createSteps } from "./steps.ts";

const defaultLimitSeconds = 600;
const defaultCustomResourceSeconds = 60;
/** How long the first pass waits, which is enough for most; later ones look for blockers more often. */
const firstPassSeconds = 5;
const laterPassSeconds = 2;
const betweenPassesMilliseconds = 1_000;

/**
 * Removes everything of an environment from its cluster and proves it. Every pass reads the cluster anew, so a removal
 * may be killed at any point and be done again by anybody; nothing recorded is needed. A namespace that does not carry
 * the environment's label is never touched.
 *
 * It ends with a complete proof, or after `limitSeconds` with what is left and what it waits for. Rejects only with
 * the signal's reason.
 */
export async function removeEnvironment(request: RemovalRequest): Promise<RemovalOutcome> {
  const { clock, signal } = request;
  const startedAt = clock.elapsed();
  const deadline = startedAt + (request.limitSeconds ?? defaultLimitSeconds) * 1_000;
  const steps = createSteps(clock, request.onStep);
  const watch = createBlockerWatch({ request, step: steps.tell });
  let namespaceUid: string | null = null;
  let isFirst = true;
  for (;;) {
    signal?.throwIfAborted();
    let proof: Proof | null = null;
    try {
      const pass = await beginPass(request, startedAt, steps.tell);
      namespaceUid ??= pass.namespaces.own[0]?.metadata.uid ?? null;
      const waitSeconds = isFirst ? firstPassSeconds : laterPassSeconds;
      isFirst = false;
      if (await removeOnce(pass, waitSeconds)) {
        proof = await makeProof({ ...request, namespaceUid });
        if (proof.complete) {
          steps.tell("proved", `${proof.counts.gone} recorded objects gone, ${proof.listed} types listed`);
          watch.clear();
          return { proof, blockers: [] };
        }
      }
      await watch.look(pass, proof);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof KubeError)) throw error;
      watch.unreachable(error);
    }
    if (clock.elapsed() >= deadline) {
      proof = await makeProof({ ...request, namespaceUid });
      return { proof, blockers: proof.complete ? watch.clear() : watch.all(proof) };
    }
    await clock.sleep(betweenPassesMilliseconds, signal);
  }
}

async function beginPass(
  request: RemovalRequest,
  startedAt: number,
  step: RemovalPass["step"],
): Promise<RemovalPass> {
  const { kube, environmentId, namespace, signal } = request;
  const [types, namespaces] = await Promise.all([
    listAllTypes(kube, signal),
    findNamespaces(kube, environmentId, namespace, signal),
  ]);
  const [customGroups, clusterObjects] = await Promise.all([
    findCustomGroups(kube, types, signal),
    findClusterObjects(kube, types, request, signal),
  ]);
  const found = { types, namespaces, customGroups, clusterObjects };
  return { request, startedAt, ...found, refusals: createRefusals(), step };
}

/** One pass, in the order of the removal, waiting so long for an operator and for a namespace. True when all of it seems gone. */
async function removeOnce(pass: RemovalPass, waitSeconds: number): Promise<boolean> {
  const { request, namespaces, step } = pass;
  const { kube, clock, signal } = request;
  const operatorsUntil =
    pass.startedAt + (request.customResourceSeconds ?? defaultCustomResourceSeconds) * 1_000;
  const secondsLeft = Math.max(0, Math.min(waitSeconds, (operatorsUntil - clock.elapsed()) / 1_000));
  if (await removeCustomResources(pass, secondsLeft)) step("custom resources gone");
  else if (clock.elapsed() < operatorsUntil) return false;
  await removeCallingObjects(pass);
  if (namespaces.foreign === null) await releaseVolumes(kube, request.namespace, signal);
  let isGone = true;
  for (const namespace of namespaces.own)
    isGone = (await removeNamespace(pass, namespace, waitSeconds)) && isGone;
  if (!isGone) return false;
  step("namespace gone");
  await removeClusterObjects(pass);
  return true;
}
