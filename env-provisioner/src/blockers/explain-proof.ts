import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import type { Cause } from "./cause.ts";

/** When no cause was found: what a proof says is left or could not be read. */
export function explainProof(proof: Proof): Cause[] {
  const nothing = { command: null, since: null, repair: null };
  const objects = proof.objects
    .filter(({ state }) => state !== "gone")
    .slice(0, 20)
    .map(({ apiVersion, kind, namespace, name, uid, state, why }) => ({
      ...nothing,
      key: `${state} ${uid ?? `${kind} ${name}`}`,
      kind: "unknown" as const,
      object: { apiVersion, kind, namespace, name, uid },
      message: `${kind} ${name} is ${state}: ${why}; no reason was found.`,
    }));
  const types = proof.unlisted.slice(0, 20).map(({ type, why }) => ({
    ...nothing,
    key: `unlisted ${type}`,
    kind: "unknown" as const,
    object: null,
    message: `${type} could not be listed: ${why}`,
  }));
  return [...objects, ...types];
}
