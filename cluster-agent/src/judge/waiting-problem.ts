import type { ContainerStatus, Pod } from "@seatrial/kube-link/kube-types.ts";
import { mainContainer } from "../pods/build-pod.ts";
import { conditionOf } from "./container-states.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";
import { pullProblem } from "./pull-problem.ts";

/** Problems of one kind go on, whatever their text; each has a time of its own. */
export type WaitingProblem = {
  kind: "image" | "pull" | "create" | "schedule";
  exit: ExitDraft;
  graceSeconds: number;
};

const createGraceSeconds = 10;
const scheduleGraceSeconds = 120;

const createReasons = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "PreCreateHookError",
  "PreStartHookError",
  "PostStartHookError",
]);
/** What runtimes say when the command itself is the reason. */
const commandWords =
  /executable file not found|no such file or directory|permission denied|exec format error|not a directory/i;

/** Why a pod that has not started yet may never start; null when nothing is wrong so far. */
export function waitingProblem(pod: Pod): WaitingProblem | null {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const problem = containerProblem(pod, status);
    if (problem) return problem;
  }
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False") return null;
  return {
    kind: "schedule",
    graceSeconds: scheduleGraceSeconds,
    exit: exitOf(
      "pod_rejected",
      `No node of the cluster takes the pod (${scheduled.reason}): ${scheduled.message}. Ask for less in 'resources', or give the cluster room.`,
    ),
  };
}

function containerProblem(pod: Pod, status: ContainerStatus): WaitingProblem | null {
  const { reason = "", message = "" } = status.state?.waiting ?? {};
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const image = all.find((container) => container.name === status.name)?.image ?? "?";
  const isSuites = status.name === mainContainer;
  const whose = isSuites ? "The suite's image" : "The helper's image";
  const fix = isSuites ? "Correct 'image'" : "Correct the helper image of the agent's chart";
  const pull = pullProblem({ whose, image, reason, message, fix, isSuites });
  if (pull) return pull;
  if (!createReasons.has(reason)) return null;
  const badCommand = isSuites && commandWords.test(message);
  return {
    kind: "create",
    graceSeconds: createGraceSeconds,
    exit: badCommand
      ? exitOf(
          "bad_command",
          `The command cannot be started in image '${image}': ${message}. Correct 'command'.`,
        )
      : exitOf("pod_rejected", `The container '${status.name}' cannot be made (${reason}): ${message}`),
  };
}
