import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { hasStatus } from "@seatrial/kube-link/kube-error.ts";
import type { ClusterObject } from "../teardown/found-object.ts";
import type { Repair } from "./cause.ts";
import type { RepairPolicy } from "./repair-policy.ts";

/** What would be done, in words; null: the policy does not permit it. */
export function permittedRepair(repair: Repair | null, policy: RepairPolicy): string | null {
  switch (repair?.kind) {
    case "remove_finalizer":
      return policy.removeFinalizers.includes(repair.finalizer)
        ? `took the finalizer ${repair.finalizer} off`
        : null;
    case "force_delete_pod":
      return policy.forceDeletePodsOnLostNodes ? "deleted the pod's record, its node being lost" : null;
    case "delete_api_service":
      return policy.deleteDeadApiServices.includes(repair.name) ? `deleted APIService ${repair.name}` : null;
    case "delete_webhook":
      return policy.deleteRefusingWebhooks.includes(repair.name)
        ? `deleted the webhook configuration ${repair.name}`
        : null;
    case undefined:
      return null;
  }
}

/** Does a permitted repair to exactly the object that was looked at; another one of its name is left alone. */
export async function doRepair(kube: KubeClient, repair: Repair, signal?: AbortSignal): Promise<void> {
  const options = signal ? { signal } : {};
  const preconditions = { uid: repair.uid };
  try {
    switch (repair.kind) {
      case "remove_finalizer": {
        const { metadata } = await kube.get<ClusterObject>(repair.path, options);
        if (metadata.uid !== repair.uid) return;
        const finalizers = (metadata.finalizers ?? []).filter((name) => name !== repair.finalizer);
        const { resourceVersion, uid } = metadata;
        await kube.patch(repair.path, { metadata: { uid, resourceVersion, finalizers } }, options);
        return;
      }
      case "force_delete_pod":
        await kube.remove(repair.path, { gracePeriodSeconds: 0, preconditions }, options);
        return;
      case "delete_api_service": {
        const { status } = await kube.get<ClusterObject>(repair.path, options);
        if (status?.conditions?.some(({ type, status: is }) => type === "Available" && is === "True")) return;
        await kube.remove(repair.path, { preconditions }, options);
        return;
      }
      case "delete_webhook":
        await kube.remove(repair.path, { preconditions }, options);
    }
  } catch (error) {
    // Gone or changed meanwhile: the next look tells.
    if (!hasStatus(error, 404) && !hasStatus(error, 409)) throw error;
  }
}
