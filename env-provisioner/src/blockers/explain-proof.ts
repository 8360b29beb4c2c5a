import type { ObjectReference, Proof } from "@seatrial/contracts/environments/proof.ts";
import { type Cause, shellCommand } from "./cause.ts";

const most = 20;

/** When no cause was found: what a proof says is left or could not be read. */
export function explainProof(proof: Proof): Cause[] {
  const nothing = { kind: "unknown" as const, since: null, repair: null };
  const objects = proof.objects
    .filter(({ state }) => state !== "gone")
    .slice(0, most)
    .map(({ apiVersion, kind, namespace, name, uid, state, why }) => ({
      ...nothing,
      key: `${state} ${uid ?? `${kind} ${name}`}`,
      object: { apiVersion, kind, namespace, name, uid },
      message: `${kind} ${name} is ${state}: ${why}; no reason was found.`,
      command: state === "left" ? deleteCommand({ apiVersion, kind, namespace, name, uid }) : null,
    }));
  const types = proof.unlisted.slice(0, most).map(({ type, why }) => ({
    ...nothing,
    key: `unlisted ${type}`,
    object: null,
    message: `${type} could not be listed: ${why}`,
    command: null,
  }));
  return [...objects, ...types];
}

/** kubectl takes a kind with its version and group for a resource's name. */
function deleteCommand({ apiVersion, kind, namespace, name }: ObjectReference): string {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const type = group === "" ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`;
  return shellCommand("kubectl", "delete", type, name, ...(namespace === null ? [] : ["-n", namespace]));
}
