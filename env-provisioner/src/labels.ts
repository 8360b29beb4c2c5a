/**
 * What marks everything of an environment in a cluster. The namespace, each cluster-scoped object and each namespaced
 * object carry them, so that a janitor or a sweep finds all of it with no hub and no state.
 */
export const environmentLabel = "seatrial.dev/environment";
/**
 * On a shard's pod: the one environment it may talk to. Such a pod is not of the environment, so it carries another
 * label than what the environment is swept by.
 */
export const reachesLabel = "seatrial.dev/reaches";
export const projectLabel = "seatrial.dev/project";
export const managedByLabel = { "app.kubernetes.io/managed-by": "seatrial" } as const;
/** On the namespace and on cluster-scoped objects: seconds since 1970 after which the janitor removes them. */
export const expiresLabel = "seatrial.dev/expires";
/** The field manager of every server-side apply. */
export const fieldManager = "seatrial";
/** Namespace of the provisioner's own objects: its leases are there. */
export const operationLeaseName = (environmentId: string) => `seatrial-${environmentId}`;
