import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import type { ClusterObject } from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";

const path = "/apis/apiregistration.k8s.io/v1/apiservices";
type ApiService = ClusterObject & {
  spec: { group?: string; version?: string; service?: { namespace?: string; name?: string } | null };
};

/** APIServices that are not available: no namespace can be emptied while it is unknown what they hold. */
export async function findDeadApiServices(kube: KubeClient, signal?: AbortSignal): Promise<Cause[]> {
  return (await listObjects<ApiService>(kube, path, { signal })).flatMap(
    (service) => explainApiService(service) ?? [],
  );
}

export function explainApiService({ metadata, spec, status }: ApiService): Cause | null {
  const available = status?.conditions?.find(({ type }) => type === "Available");
  if (available === undefined || available.status === "True") return null;
  const backend = spec.service ? `service ${spec.service.namespace}/${spec.service.name}` : "the API server";
  const since = available.lastTransitionTime ?? null;
  const { name, uid } = metadata;
  return {
    key: `api service ${uid}`,
    kind: "dead_api_service",
    object: { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", namespace: null, name, uid },
    message: `APIService ${name} (${backend}) does not answer since ${since ?? "an unknown time"}: ${available.reason ?? ""} ${available.message ?? ""}. Mend its service, or delete the APIService if nobody needs it.`,
    command: shellCommand("kubectl", "delete", "apiservices.apiregistration.k8s.io", name),
    since,
    repair: { kind: "delete_api_service", path: `${path}/${encodeURIComponent(name)}`, uid, name },
  };
}
