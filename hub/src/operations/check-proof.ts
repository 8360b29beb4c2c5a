import type { ObjectReference, Proof } from "@seatrial/contracts/environments/proof.ts";

/** A proof names no more objects than this. */
const mostNamed = 5_000;

/**
 * What keeps a proof from being one, or null. The hub believes no bare `complete`: it looks at each object, at the
 * counts, at whose proof it is, and that it speaks of all that was recorded.
 */
export function proofProblem(
  proof: Proof | null,
  expected: { namespace: string; cluster: string; recorded: readonly ObjectReference[] },
): string | null {
  if (proof === null) return "the removal ended without a proof";
  if (proof.namespace !== expected.namespace)
    return `the proof is about namespace "${proof.namespace}", not "${expected.namespace}"`;
  if (proof.cluster !== expected.cluster)
    return `the proof is about cluster "${proof.cluster}", not "${expected.cluster}"`;
  const left = proof.objects.filter(({ state }) => state !== "gone");
  const named = left.slice(0, 3).map(({ kind, name, state, why }) => `${kind}/${name} is ${state}: ${why}`);
  if (left.length > 0) return named.join("; ");
  if (proof.listed === 0) {
    const [first] = proof.unlisted;
    return `no type of the cluster was listed${first ? `: ${first.why}` : ""}`;
  }
  const { counts } = proof;
  if (counts.left > 0 || counts.unchecked > 0)
    return `${counts.left} objects are left and ${counts.unchecked} could not be checked`;
  const silent = proof.objects.length < mostNamed ? notNamed(proof, expected.recorded) : [];
  if (silent[0])
    return `the proof says nothing of ${silent.length} recorded objects, such as ${silent[0].kind}/${silent[0].name}`;
  return proof.complete ? null : "the removal says that its proof is not complete";
}

function notNamed({ objects }: Proof, recorded: readonly ObjectReference[]): ObjectReference[] {
  const identity = ({ kind, namespace, name, uid }: ObjectReference) =>
    uid ?? `${kind}/${namespace ?? ""}/${name}`;
  const named = new Set(objects.map(identity));
  return recorded.filter((object) => !named.has(identity(object)));
}
