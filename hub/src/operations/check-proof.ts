import type { Proof } from "@seatrial/contracts/environments/proof.ts";

/**
 * What keeps a proof from being one, or null. The hub believes no bare `complete`: it looks at each object, at the
 * counts and at whose proof it is.
 */
export function proofProblem(
  proof: Proof | null,
  expected: { namespace: string; cluster: string },
): string | null {
  if (proof === null) return "the removal ended without a proof";
  if (proof.namespace !== expected.namespace)
    return `the proof is about namespace "${proof.namespace}", not "${expected.namespace}"`;
  if (proof.cluster !== expected.cluster)
    return `the proof is about cluster "${proof.cluster}", not "${expected.cluster}"`;
  const left = proof.objects.filter(({ state }) => state !== "gone");
  const named = left.slice(0, 3).map(({ kind, name, state, why }) => `${kind}/${name} is ${state}: ${why}`);
  if (left.length > 0) return named.join("; ");
  const { counts } = proof;
  if (counts.left > 0 || counts.unchecked > 0)
    return `${counts.left} objects are left and ${counts.unchecked} could not be checked`;
  return proof.complete ? null : "the removal says that its proof is not complete";
}
