import { hasStatus, mayPass } from "@seatrial/kube-link/kube-error.ts";

/** True when nobody answers, or an API server that does not serve now: no pod can be the reason. */
export function isAway(error: unknown): boolean {
  return hasStatus(error, 0) || hasStatus(error, 503);
}

/** True for errors of the API server that a pod of its own kind may cause: by its size, or a webhook that chokes on it. */
export function mayBeThePods(error: unknown): boolean {
  return mayPass(error) && !isAway(error);
}

/** What the API server says when it forbids every pod: by the agent's rights, its namespace or what each pod needs there. */
const forbidsAny = [
  'cannot create resource "pods"',
  "because it is being terminated",
  "error looking up service account",
];

/** True for answers that may be the same for any pod: nobody answers, or the agent may not, or cannot, make one. */
export function isRefusal(error: unknown): boolean {
  const isBarred = hasStatus(error, 401) || hasStatus(error, 404) || says(error, forbidsAny);
  return mayPass(error) || isBarred;
}

/** True when the namespace has no room for one more pod like this. */
export function isQuota(error: unknown): boolean {
  return says(error, ["exceeded quota"]);
}

/** True when rights, a namespace or a policy of it do not let the pod in; a full quota is none of these. */
export function isForbidden(error: unknown): boolean {
  const mayNot = hasStatus(error, 401) || hasStatus(error, 403) || hasStatus(error, 404);
  return mayNot && !isQuota(error);
}

/** What a policy forbids is forbidden with the same status: only the words tell. */
function says(error: unknown, words: readonly string[]): boolean {
  return (
    hasStatus(error, 403) && error instanceof Error && words.some((word) => error.message.includes(word))
  );
}
