import { hasStatus, KubeError, mayPass } from "@seatrial/kube-link/kube-error.ts";
import { pause } from "@seatrial/kube-link/pause.ts";

const tries = 8;
const firstPauseMilliseconds = 50;

/**
 * Asks the API server again, for up to 25 s, when its answer may pass: it restarts or throttles, or a quota is just
 * being counted. Rejects with the last answer, or with the signal's reason.
 */
export async function patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (attempt === tries || !isWorthAnother(error)) throw error;
    }
    await pause(firstPauseMilliseconds * 2 ** attempt, signal);
  }
}

/** True for an answer after which nobody knows whether the request was done, and that may be another one next time. */
export function isPassing(error: unknown): boolean {
  return mayPass(error) && !isMalformed(error);
}

/**
 * The API server answers "500" and no reason for fields of wrong types and for text that is no base64, and as well for
 * its own store's troubles; only their words tell which.
 */
function isMalformed(error: unknown): boolean {
  if (!(error instanceof KubeError) || error.status !== 500 || error.reason !== "Unknown") return false;
  return !/etcd|timeout|timed out|connection|EOF|leader|unavailable|shutting/i.test(error.message);
}

function isWorthAnother(error: unknown): boolean {
  if (isPassing(error)) return true;
  const isConflict = hasStatus(error, 409) && error instanceof KubeError;
  return isConflict && /apply your changes|try again|modified/.test(error.message);
}
