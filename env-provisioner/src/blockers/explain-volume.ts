import type { ResourceType } from "@seatrial/kube-link/list-all-types.ts";
import { type ClusterObject, referenceOf } from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";
import { kubectlWords } from "./kubectl-command.ts";

const provisionedBy = "pv.kubernetes.io/provisioned-by";

/** Why a volume whose claim is gone is still there: its provisioner has to delete it with its content. */
export function explainVolume(type: ResourceType, volume: ClusterObject): Cause | null {
  const { metadata, status } = volume;
  const provisioner = metadata.annotations?.[provisionedBy];
  // While it is bound its claim is what blocks; one that is asked to go waits for its finalizers.
  if (metadata.deletionTimestamp !== undefined || provisioner === undefined || status?.phase === "Bound")
    return null;
  const found = { type, object: volume };
  return {
    key: `volume ${metadata.uid}`,
    kind: "unknown",
    object: referenceOf(found),
    message: `volume ${metadata.name} is ${status?.phase ?? "there"} and waits for its provisioner ${provisioner} to delete it with its content${status?.message ? `: ${status.message}` : ""}. Without that provisioner, delete its content by hand and then the volume.`,
    command: shellCommand("kubectl", "delete", ...kubectlWords(found)),
    since: null,
    repair: null,
  };
}
