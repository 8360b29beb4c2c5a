import { hasStatus, KubeError, mayPass } from "@seatrial/kube-link/kube-error.ts";
import { pause } from "./pause.ts";

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

function isWorthAnother(error: unknown): boolean {
  if (mayPass(error)) return true;
  const isConflict = hasStatus(error, 409) && error instanceof KubeError;
  return isConflict && /apply your changes|try again|modified/.test(error.message);
}
