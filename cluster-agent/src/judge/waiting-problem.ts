import type { ContainerStatus, Pod } from "@seatrial/kube-link/kube-types.ts";
import { mainContainer } from "../pods/build-pod.ts";
import { conditionOf } from "./container-states.ts";
import { type ExitDraft, exitOf } from "./pod-view.ts";

export type WaitingProblem = { exit: ExitDraft; graceSeconds: number };

/** Registries fail for moments; a name that is wrong stays wrong. */
const pullGraceSeconds = 20;
const createGraceSeconds = 10;
const scheduleGraceSeconds = 120;

const pullReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "RegistryUnavailable",
  "ImageInspectError",
  "SignatureValidationFailed",
]);
const hopelessImageReasons = new Set(["InvalidImageName", "ErrImageNeverPull"]);
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
  const whose = status.name === mainContainer ? "The suite's image" : "The helper's image";
  const fix =
    status.name === mainContainer ? "Correct 'image'" : "Correct the helper image of the agent's chart";
  if (hopelessImageReasons.has(reason))
    return {
      graceSeconds: 0,
      exit: exitOf("image_missing", `${whose} '${image}' cannot be used (${reason}): ${message}. ${fix}.`),
    };
  if (pullReasons.has(reason))
    return {
      graceSeconds: pullGraceSeconds,
      exit: exitOf(
        "image_missing",
        `${whose} '${image}' cannot be pulled: ${message || reason}. ${fix}, or let the cluster reach and read its registry.`,
      ),
    };
  if (!createReasons.has(reason)) return null;
  const badCommand = status.name === mainContainer && commandWords.test(message);
  return {
    graceSeconds: createGraceSeconds,
    exit: badCommand
      ? exitOf(
          "bad_command",
          `The command cannot be started in image '${image}': ${message}. Correct 'command'.`,
        )
      : exitOf("pod_rejected", `The container '${status.name}' cannot be made (${reason}): ${message}`),
  };
}
