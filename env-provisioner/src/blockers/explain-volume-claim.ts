import { type FoundObject, referenceOf } from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";

export const claimProtection = "kubernetes.io/pvc-protection";

/** Which pods hold a claim that was asked to go; null: it does not wait for its protection. */
export function explainVolumeClaim(claim: FoundObject, pods: readonly FoundObject[]): Cause | null {
  const { metadata } = claim.object;
  const isProtected = metadata.finalizers?.includes(claimProtection) ?? false;
  if (metadata.deletionTimestamp === undefined || !isProtected) return null;
  const users = pods.filter((pod) => uses(pod, metadata)).map(({ object }) => object.metadata.name);
  const who =
    users.length > 0
      ? `in use by ${users.length === 1 ? "pod" : "pods"} ${users.slice(0, 5).join(", ")}`
      : "no pod uses it: kube-controller-manager should take its protection off";
  const first = users[0];
  const namespace = metadata.namespace ?? "";
  return {
    key: `claim ${metadata.uid}`,
    kind: "volume_in_use",
    object: referenceOf(claim),
    message: `volume claim ${metadata.name} is protected (${claimProtection}): ${who}.`,
    command: first === undefined ? null : shellCommand("kubectl", "delete", "pods", first, "-n", namespace),
    since: metadata.deletionTimestamp,
    repair: null,
  };
}

type Volumes = { persistentVolumeClaim?: { claimName?: string } }[];

function uses({ object }: FoundObject, claim: { name: string; namespace?: string }): boolean {
  const volumes = (object.spec?.volumes ?? []) as Volumes;
  const isNear = object.metadata.namespace === claim.namespace;
  return isNear && volumes.some((volume) => volume.persistentVolumeClaim?.claimName === claim.name);
}
