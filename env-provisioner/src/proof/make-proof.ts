import type { ObjectReference, Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";
import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { listAllTypes } from "@seatrial/kube-link/list-all-types.ts";
import { findNamespaces } from "../teardown/find-namespaces.ts";
import { readLeftovers } from "./read-leftovers.ts";
import { createVerdicts, type ProvedObject } from "./verdicts.ts";

export type ProofRequest = {
  kube: KubeClient;
  environmentId: string;
  namespace: string;
  cluster: string;
  recorded: readonly ObjectReference[];
  /** The namespace's UID as a removal saw it, if it is not among what was recorded. */
  namespaceUid?: string | null;
  clock: Clock;
  signal?: AbortSignal;
};

const mostObjects = 5_000;
const mostUnlisted = 1_000;
/** The cluster as a whole, the core group, and volumes, which hold the content of claims: no proof does without these. */
const neverForgiven: ReadonlySet<string> = new Set(["*", "v1", "v1 persistentvolumes"]);

/**
 * Looks for everything that an environment may have left: what was recorded is read again by UID, every type is listed
 * by label, the namespace's name is listed type by type. It trusts no earlier step of a removal, changes nothing and
 * never throws for what it cannot read: that is `unchecked` or `unlisted`, with why.
 *
 * `unlisted` types keep a proof incomplete, except those that this process may not list (403): it may not have made any.
 * That excuses neither namespaces nor volumes: without these nothing is proved.
 */
export async function makeProof(request: ProofRequest): Promise<Proof> {
  const { kube, environmentId, namespace, recorded, signal } = request;
  try {
    const types = await listAllTypes(kube, signal);
    const namespaces = await findNamespaces(kube, environmentId, namespace, signal);
    const leftovers = await readLeftovers({ kube, environmentId, namespace, types, namespaces, signal });
    const verdicts = createVerdicts({ kube, namespace, types, namespaces, leftovers, signal });
    const proved = await verdicts.ofAll(recorded);
    const unlisted = [
      ...types.failed.map(({ apiVersion, status, why }) => ({ type: apiVersion, status, why })),
      ...leftovers.failed.map(({ type, status, why }) => ({ type: nameOf(type), status, why })),
    ];
    return write(request, proved, leftovers.listed, unlisted, namespaces.own[0]?.metadata.uid ?? null);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KubeError)) throw error;
    const why = error.message.slice(0, 500);
    const unchecked = recorded.map((object) => ({ ...object, state: "unchecked" as const, why }));
    return write(request, unchecked, 0, [{ type: "*", status: error.status, why }], null);
  }
}

function write(
  request: ProofRequest,
  proved: readonly ProvedObject[],
  listed: number,
  unlisted: readonly { type: string; status: number; why: string }[],
  seenUid: string | null,
): Proof {
  const { recorded, namespace } = request;
  const count = (state: ProvedObject["state"]) => proved.filter((one) => one.state === state).length;
  const counts = { gone: count("gone"), left: count("left"), unchecked: count("unchecked") };
  const isListed = unlisted.every(({ type, status }) => status === 403 && !neverForgiven.has(type));
  const order = { left: 0, unchecked: 1, gone: 2 };
  const namespaceUid =
    recorded.find(({ kind, name }) => kind === "Namespace" && name === namespace)?.uid ??
    request.namespaceUid ??
    seenUid;
  return {
    complete: counts.left === 0 && counts.unchecked === 0 && isListed,
    madeAt: new Date(request.clock.now()).toISOString(),
    cluster: request.cluster,
    namespace,
    namespaceUid,
    counts,
    objects: proved.toSorted((a, b) => order[a.state] - order[b.state]).slice(0, mostObjects),
    listed,
    unlisted: unlisted
      .toSorted((a, b) => Number(a.status === 403) - Number(b.status === 403))
      .slice(0, mostUnlisted)
      .map(({ type, why }) => ({ type: type.slice(0, 400), why: why.slice(0, 500) })),
  };
}

function nameOf({ apiVersion, plural }: { apiVersion: string; plural: string }): string {
  return `${apiVersion} ${plural}`;
}
