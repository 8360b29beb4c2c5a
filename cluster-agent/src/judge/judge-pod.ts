import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { type ContainerStates, containerStates } from "./container-states.ts";
import { mainEnd } from "./main-end.ts";
import { type ExitDraft, exitOf, type PodEnd, type PodView } from "./pod-view.ts";
import { endedBeforeDeadline, podWideEnd } from "./pod-wide-end.ts";
import { prepareEnd } from "./prepare-end.ts";
import { readCollected } from "./read-collected.ts";
import { waitingProblem } from "./waiting-problem.ts";

/**
 * What a pod's status means for its attempt; a pure function of that status. What concerns the whole pod (deadline,
 * eviction, node) goes before what its containers say, because the kubelet ends containers for those reasons; except
 * for a command whose end was seen before that (`sawOwnEnd`, by `hasEndedByItself`).
 */
export function judgePod(pod: Pod, sawOwnEnd = false): PodView {
  const states = containerStates(pod);
  const verdict = verdictOf(pod, states, sawOwnEnd);
  if (verdict) return settle(pod, states, verdict);
  const running = states.main?.state?.running;
  if (running) return { kind: "running", startedAt: running.startedAt ?? null };
  return { kind: "waiting", problem: waitingProblem(pod) };
}

/** True when the command has ended and nothing had asked for the pod's end until then. */
export function hasEndedByItself(pod: Pod): boolean {
  const isOver = containerStates(pod).mainEnd !== undefined;
  return isOver && pod.metadata.deletionTimestamp === undefined && podWideEnd(pod) === null;
}

/** A pod that is gone: what its last state says, else that it was deleted. */
export function judgeGonePod(last: Pod | null, sawOwnEnd = false): PodEnd {
  const states = last ? containerStates(last) : null;
  const verdict = last && states ? verdictOf(last, states, sawOwnEnd) : null;
  if (last && states && verdict) return endOf(states, verdict);
  const startedAt = states?.main?.state?.running?.startedAt ?? null;
  return {
    exit: exitOf(
      "pod_deleted",
      "The pod was deleted from outside, or its node was removed, before it had ended.",
    ),
    startedAt,
    endedAt: null,
    collected: null,
  };
}

function verdictOf(pod: Pod, states: ContainerStates, sawOwnEnd: boolean): ExitDraft | null {
  const whole = podWideEnd(pod);
  const ended = states.mainEnd ? mainEnd(pod, states.mainEnd, sawOwnEnd) : null;
  if (whole) return ended && (sawOwnEnd || endedInTime(pod, states)) ? ended : whole;
  if (ended) return ended;
  const prepared = states.prepareEnd ? prepareEnd(states.prepareEnd) : null;
  if (prepared) return prepared;
  if (pod.status?.phase !== "Failed" && pod.status?.phase !== "Succeeded") return null;
  return exitOf(
    "agent_error",
    `The pod ended as ${pod.status.phase} (${pod.status.reason ?? "no reason"}): ${pod.status.message ?? ""}`,
  );
}

function endedInTime(pod: Pod, { mainEnd: ended }: ContainerStates): boolean {
  return pod.status?.reason === "DeadlineExceeded" && endedBeforeDeadline(pod, ended?.finishedAt);
}

function settle(pod: Pod, states: ContainerStates, verdict: ExitDraft): PodView {
  const end = endOf(states, verdict);
  const over = (status: { state?: { running?: object } } | undefined) => status?.state?.running === undefined;
  // Before its start a collector has nothing to collect: a pod that failed in `prepare` never starts it.
  const collectorIsOver =
    !states.hasCollector || states.collectEnd !== undefined || states.mainEnd === undefined;
  const isOver = over(states.main) && over(states.collect) && collectorIsOver;
  if (isOver || (pod.metadata.deletionTimestamp !== undefined && over(states.main) && over(states.collect)))
    return { kind: "ended", end };
  return { kind: "ending", end };
}

function endOf(states: ContainerStates, verdict: ExitDraft): PodEnd {
  const { mainEnd: ended } = states;
  const collected = states.hasCollector && ended ? readCollected(states.collectEnd) : null;
  return {
    exit: withCollection(verdict, collected),
    startedAt: realTime(ended?.startedAt) ?? realTime(states.main?.state?.running?.startedAt),
    endedAt: realTime(ended?.finishedAt),
    collected,
  };
}

/** Containers that never started carry the year 1970. */
function realTime(time: string | null | undefined): string | null {
  return time && Date.parse(time) > 0 ? time : null;
}

/** Reports that could not be uploaded leave the outcome unknown; a report left out by its size is the suite's matter. */
function withCollection(verdict: ExitDraft, collected: PodEnd["collected"]): ExitDraft {
  if (verdict.reason !== "completed" || !collected || collected.errors.length === 0) return verdict;
  return {
    ...verdict,
    reason: "collect_failed",
    message:
      `The tests ended with code ${verdict.exitCode}, but their reports could not all be uploaded: ${collected.errors.join("; ")}`.slice(
        0,
        2_000,
      ),
  };
}
