import { type FoundObject, pathOfObject, referenceOf } from "../teardown/found-object.ts";
import type { Cause } from "./cause.ts";
import { removeFinalizerCommand } from "./kubectl-command.ts";

/** Finalizers of Kubernetes itself and who serves them. */
const knownServers: Readonly<Record<string, string>> = {
  foregroundDeletion: "the garbage collector of kube-controller-manager waits for what the object owns",
  orphan: "the garbage collector of kube-controller-manager",
  "batch.kubernetes.io/job-tracking": "the job controller of kube-controller-manager",
  "kubernetes.io/pv-protection": "kube-controller-manager, as long as a claim is bound to it",
  "service.kubernetes.io/load-balancer-cleanup": "the cloud's controller manager",
  "customresourcecleanup.apiextensions.k8s.io": "kube-apiserver waits for the objects of this type",
  "external-provisioner.volume.kubernetes.io/finalizer": "the storage provisioner of its class",
};

/** Who should take finalizers of a type off, as far as the cluster shows: `Deployment ops/widgets (0 of 1 ready)`. */
export type FindServers = (found: FoundObject, managers: readonly string[]) => Promise<readonly string[]>;

/** One cause for each finalizer that holds an object which was asked to go. */
export async function explainFinalizers(found: FoundObject, findServers: FindServers): Promise<Cause[]> {
  const { metadata } = found.object;
  if (metadata.deletionTimestamp === undefined) return [];
  const since = metadata.deletionTimestamp;
  return Promise.all(
    (metadata.finalizers ?? []).map(async (finalizer) => ({
      key: `finalizer ${metadata.uid} ${finalizer}`,
      kind: "finalizer" as const,
      object: referenceOf(found),
      message: `${found.type.kind} ${metadata.name} waits for its finalizer ${finalizer}: ${await serverOf(found, finalizer, findServers)}.`,
      command: removeFinalizerCommand(found, finalizer),
      since,
      repair: { kind: "remove_finalizer" as const, path: pathOfObject(found), uid: metadata.uid, finalizer },
    })),
  );
}

async function serverOf(found: FoundObject, finalizer: string, findServers: FindServers): Promise<string> {
  const known = knownServers[finalizer];
  if (known !== undefined) return `served by ${known}`;
  const managers = managersOf(found, finalizer);
  const setBy = managers.length > 0 ? `set by ${managers.map((name) => `"${name}"`).join(", ")}; ` : "";
  const servers = await findServers(found, managers);
  if (servers.length === 0) return `${setBy}nobody was found in this cluster who serves it`;
  return `${setBy}${servers.slice(0, 3).join(", ")} should serve it`;
}

/** Who wrote the finalizer, as the object's managed fields tell. */
export function managersOf({ object }: FoundObject, finalizer: string): string[] {
  const names = (object.metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => {
      const metadata = fieldsV1?.["f:metadata"];
      const finalizers = isRecord(metadata) ? metadata["f:finalizers"] : undefined;
      return isRecord(finalizers) && `v:"${finalizer}"` in finalizers;
    })
    .flatMap(({ manager }) => manager ?? []);
  return [...new Set(names)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
