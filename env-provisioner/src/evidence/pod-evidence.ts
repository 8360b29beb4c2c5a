import type { Evidence } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { ContainerStatus, Pod, TerminatedState } from "@seatrial/kube-link/kube-types.ts";

/** Reasons for waiting that are no part of a normal start. */
const badWaits = /BackOff$|^Err|Error$|^Invalid|^CreateContainer.*Error/;

/** What a pod tells of ends, restarts and waits of its containers since a time (milliseconds). */
export function evidenceOfPod(pod: Pod, since: number): Evidence[] {
  const name = `Pod/${pod.metadata.name}`;
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return containers.flatMap((container) => evidenceOfContainer(name, container, since));
}

function evidenceOfContainer(pod: string, container: ContainerStatus, since: number): Evidence[] {
  const object = `${pod}/${container.name}`;
  const { waiting, terminated } = container.state ?? {};
  const found: Evidence[] = [];
  for (const end of [container.lastState?.terminated, terminated]) {
    const isBad = end !== undefined && (end.exitCode !== 0 || end === container.lastState?.terminated);
    const at = end?.finishedAt;
    if (end && isBad && at && Date.parse(at) >= since) found.push(evidenceOfEnd(object, container, end, at));
  }
  if (waiting?.reason && badWaits.test(waiting.reason))
    found.push({
      at: null,
      kind: "restart",
      object,
      message: `${waiting.reason}: ${waiting.message ?? ""}`.slice(0, 2_000),
    });
  return found;
}

function evidenceOfEnd(
  object: string,
  container: ContainerStatus,
  end: TerminatedState,
  at: string,
): Evidence {
  const restarts = `${container.restartCount ?? 0} restarts`;
  return {
    at: new Date(at).toISOString(),
    kind: end.reason === "OOMKilled" ? "oom" : "restart",
    object,
    message: `ended with exit code ${end.exitCode}${end.reason ? ` (${end.reason})` : ""}, ${restarts}`,
  };
}
