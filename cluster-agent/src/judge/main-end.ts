import type { Pod, TerminatedState } from "@seatrial/kube-link/kube-types.ts";
import { mainContainer } from "../pods/build-pod.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";

/** What the end of the main container means. `isOwn`: it was seen before anybody asked for the pod's end. */
export function mainEnd(pod: Pod, end: TerminatedState, isOwn: boolean): ExitDraft {
  const container = pod.spec.containers.find((one) => one.name === mainContainer);
  const command = container?.command?.[0] ?? "";
  if (end.reason === "StartError" || end.reason === "ContainerCannotRun")
    return exitOf(
      "bad_command",
      `'${command}' cannot be started in image '${container?.image}': ${end.message ?? "no reason given"}. Correct 'command', or use an image that has it.`,
      end.exitCode,
    );
  // A child may run out of memory and the command still end well: then that is its own affair.
  if (end.reason === "OOMKilled" && end.exitCode !== 0)
    return withCode(
      exitOf(
        "out_of_memory",
        `It used more than its limit of ${mebibytes(container?.resources.limits.memory)} memory. Raise 'resources.memory' of the suite, or use more shards.`,
      ),
      end,
    );
  if (end.reason === "ContainerStatusUnknown")
    return exitOf(
      "node_lost",
      `The node ${pod.spec.nodeName} could no longer find the container: ${end.message ?? ""}`,
    );
  // No clocks and no codes: the node's clock may be another, and a command may answer SIGTERM with any code.
  if (!isOwn && pod.metadata.deletionTimestamp !== undefined)
    return withCode(exitOf("pod_deleted", "The pod was deleted from outside while the tests ran."), end);
  return withCode(exitOf("completed", ""), end);
}

/** By the convention of shells and runtimes 128 + n is the end by signal n. */
function withCode(exit: ExitDraft, end: TerminatedState): ExitDraft {
  const bySignal = end.exitCode > 128 && end.exitCode < 160 ? end.exitCode - 128 : null;
  return { ...exit, exitCode: end.exitCode, signal: end.signal ? end.signal : bySignal };
}

function mebibytes(bytes: string | undefined): string {
  return bytes && /^\d+$/.test(bytes) ? `${Math.round(Number(bytes) / 1_048_576)} MiB of` : (bytes ?? "its");
}
