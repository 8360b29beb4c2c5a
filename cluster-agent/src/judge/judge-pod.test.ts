import { readFileSync } from "node:fs";
import type { Pod, TerminatedState } from "@seatrial/kube-link/kube-types.ts";
import { describe, expect, it } from "vitest";
import { hasEndedByItself, judgeGonePod, judgePod } from "./judge-pod.ts";
import type { PodEnd, PodView } from "./pod-view.ts";

/** Statuses recorded on a real cluster (Kubernetes 1.36, containerd 1.6). */
function recorded(name: string): Pod {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
}
function endOf(view: PodView): PodEnd {
  if (view.kind !== "ended") throw new Error(`the view is ${view.kind}`);
  return view.end;
}
function terminatedOf(pod: Pod): TerminatedState {
  const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (!ended) throw new Error("the main container has not ended");
  return ended;
}
function disrupt(pod: Pod, reason: string): void {
  const disruption = {
    ...{ type: "DisruptionTarget", status: "True", reason },
    lastTransitionTime: "2026-11-22T16:56:05Z",
  };
  pod.status = { ...pod.status, conditions: [...(pod.status?.conditions ?? []), disruption] };
}
function problemOf(view: PodView) {
  if (view.kind !== "waiting" || !view.problem) throw new Error("there is no problem");
  return view.problem;
}

describe("a pod that has ended by itself", () => {
  it("is completed with its exit code and the kubelet's times", () => {
    const end = endOf(judgePod(recorded("red")));
    expect(end.exit).toEqual({ reason: "completed", exitCode: 3, signal: null, message: "" });
    expect(end.startedAt).toMatch(/^2026-/);
    expect(end.endedAt).toMatch(/^2026-/);
    expect(endOf(judgePod(recorded("passed"))).exit.exitCode).toBe(0);
  });
  it("names the signal that a code over 128 stands for", () => {
    expect(endOf(judgePod(recorded("signal"))).exit).toMatchObject({
      reason: "completed",
      exitCode: 139,
      signal: 11,
    });
  });
  it("is out of memory when the kernel killed it, and says the limit", () => {
    const { exit } = endOf(judgePod(recorded("out-of-memory")));
    expect(exit).toMatchObject({ reason: "out_of_memory", exitCode: 137 });
    expect(exit.message).toContain("16 MiB");
  });
  it("is completed when only a child ran out of memory and the command still succeeded", () => {
    const pod = recorded("out-of-memory");
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
    if (ended) ended.exitCode = 0;
    expect(endOf(judgePod(pod)).exit).toMatchObject({ reason: "completed", exitCode: 0 });
  });
});

describe("a pod that could not do its work", () => {
  it("has a bad command when the runtime cannot start it, and no start time of 1970", () => {
    const end = endOf(judgePod(recorded("start-error")));
    expect(end.exit.reason).toBe("bad_command");
    expect(end.exit.message).toContain("/no/such");
    expect(end.startedAt).toBeNull();
  });
  it("ran into its deadline", () => {
    const { exit } = endOf(judgePod(recorded("deadline")));
    expect(exit.reason).toBe("deadline");
    expect(exit.message).toContain("timeout of 2 s");
  });
  it("says nothing of the tests when the deadline came before the command's start", () => {
    const pod = recorded("deadline");
    const status = pod.status?.containerStatuses?.[0];
    if (status) status.state = { waiting: { reason: "ContainerCreating" } };
    const { exit } = endOf(judgePod(pod));
    expect(exit.reason).toBe("agent_error");
    expect(exit.message).toContain("pulling the images");
  });
  it("is completed when the command was done before the deadline", () => {
    const pod = recorded("deadline");
    delete pod.metadata.deletionTimestamp;
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
    if (ended) Object.assign(ended, { exitCode: 0, finishedAt: pod.status?.startTime });
    expect(endOf(judgePod(pod)).exit).toMatchObject({ reason: "completed", exitCode: 0 });
  });
  it("was deleted from outside", () => {
    expect(endOf(judgePod(recorded("deleted-from-outside"))).exit.reason).toBe("pod_deleted");
  });
  it("was deleted, with whatever code the command took that and however its node's clock is set", () => {
    for (const told of [{ exitCode: 1 }, { exitCode: 0 }, { finishedAt: "2026-11-22T16:55:50Z" }]) {
      const pod = recorded("deleted-from-outside");
      Object.assign(terminatedOf(pod), told);
      expect(endOf(judgePod(pod)).exit, JSON.stringify(told)).toMatchObject({ reason: "pod_deleted" });
    }
  });
  it("was drained, however its node's clock is set", () => {
    const pod = recorded("deleted-from-outside");
    Object.assign(terminatedOf(pod), { exitCode: 143, finishedAt: "2026-11-22T16:56:00Z" });
    disrupt(pod, "EvictionByEvictionAPI");
    expect(endOf(judgePod(pod)).exit.reason).toBe("evicted");
  });
  it("is completed when its end was seen before it was deleted or evicted", () => {
    const ended = recorded("red");
    expect(hasEndedByItself(ended)).toBe(true);
    const deleted = recorded("red");
    deleted.metadata.deletionTimestamp = "2000-01-01T00:00:00Z";
    const evicted = recorded("red");
    disrupt(evicted, "EvictionByEvictionAPI");
    for (const pod of [deleted, evicted]) {
      expect(hasEndedByItself(pod)).toBe(false);
      expect(endOf(judgePod(pod)).exit.reason).not.toBe("completed");
      expect(endOf(judgePod(pod, true)).exit).toMatchObject({ reason: "completed", exitCode: 3 });
      expect(judgeGonePod(pod, true).exit).toMatchObject({ reason: "completed", exitCode: 3 });
    }
  });
  it("was evicted, whatever its container says", () => {
    const pod = recorded("red");
    pod.status = {
      ...pod.status,
      phase: "Failed",
      reason: "Evicted",
      message: "The node was low on resource: memory.",
    };
    const { exit } = endOf(judgePod(pod));
    expect(exit).toMatchObject({ reason: "evicted" });
    expect(exit.message).toContain("low on resource: memory");
  });
  it("lost its node when the taint manager ended it", () => {
    const pod = recorded("running");
    disrupt(pod, "DeletionByTaintManager");
    const view = judgePod(pod);
    expect(view).toMatchObject({ kind: "ending", end: { exit: { reason: "node_lost" } } });
  });
  it("was refused by its node", () => {
    const pod = recorded("creating");
    pod.status = { phase: "Failed", reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" };
    expect(endOf(judgePod(pod)).exit.reason).toBe("pod_rejected");
  });
  it("had an unsafe content, in the helper's words", () => {
    const pod = recorded("helper-running");
    const message = JSON.stringify({
      code: "content_unsafe",
      message: "entry 'x/../../y' leaves the folder",
    });
    pod.status = {
      phase: "Failed",
      initContainerStatuses: [{ name: "prepare", state: { terminated: { exitCode: 10, message } } }],
      containerStatuses: [{ name: "main", state: { waiting: { reason: "PodInitializing" } } }],
    };
    expect(endOf(judgePod(pod)).exit).toMatchObject({
      reason: "content_unsafe",
      message: "entry 'x/../../y' leaves the folder",
    });
    const code = pod.status.initContainerStatuses?.[0]?.state?.terminated;
    if (code) code.exitCode = 11;
    expect(endOf(judgePod(pod)).exit.reason).toBe("content_unavailable");
    if (code) code.exitCode = 12;
    expect(endOf(judgePod(pod)).exit.reason).toBe("agent_error");
  });
});

describe("a pod that waits", () => {
  it("has no problem while its container is made", () => {
    expect(judgePod(recorded("creating"))).toEqual({ kind: "waiting", problem: null });
  });
  it("lacks its image: a failed pull is given time, a wrong name none", () => {
    for (const name of ["image-error", "image-back-off"]) {
      const problem = problemOf(judgePod(recorded(name)));
      expect(problem).toMatchObject({ graceSeconds: 20, exit: { reason: "image_missing" } });
      expect(problem.exit.message).toContain("nosuch");
    }
    expect(problemOf(judgePod(recorded("image-invalid-name")))).toMatchObject({
      graceSeconds: 0,
      exit: { reason: "image_missing" },
    });
  });
  it("tells a registry that answers no from one that does not answer, whatever the image is called", () => {
    const reasonFor = (image: string, message: string) => {
      const pod = recorded("image-error");
      for (const container of pod.spec.containers) container.image = image;
      const status = pod.status?.containerStatuses?.[0];
      if (status) status.state = { waiting: { reason: "ErrImagePull", message } };
      return problemOf(judgePod(pod)).exit.reason;
    };
    const denied = "pull access denied for a/b, repository does not exist or may require 'docker login'";
    for (const answer of [denied, "unexpected status code: 401 Unauthorized", "manifest unknown"])
      expect(reasonFor("a/b", answer), answer).toBe("image_missing");
    for (const trouble of [
      'failed to do request: Head "https://r.test/v2/not-found/manifests/denied": dial tcp: lookup r.test: no such host',
      "reading a/forbidden: unexpected status code 503 Service Unavailable",
      "toomanyrequests: access denied, the pull rate limit was reached",
      "",
    ])
      expect(reasonFor("a/forbidden", trouble), trouble).toBe("pod_rejected");
  });
  it.each([
    ["ErrImagePull", "manifest unknown"],
    ["InvalidImageName", "couldn't parse image name"],
  ])("is no fault of the suite when the helper's image is not there: %s", (reason, message) => {
    const pod = recorded("helper-running");
    const [prepare] = pod.status?.initContainerStatuses ?? [];
    if (prepare) prepare.state = { waiting: { reason, message } };
    for (const status of pod.status?.containerStatuses ?? [])
      status.state = { waiting: { reason: "PodInitializing" } };
    const { exit } = problemOf(judgePod(pod));
    expect(exit.reason).toBe("agent_error");
    expect(exit.message).toContain("helper image of the agent's chart");
  });
  it("fits on no node, with the scheduler's reason", () => {
    const problem = problemOf(judgePod(recorded("unschedulable")));
    expect(problem).toMatchObject({ graceSeconds: 120, exit: { reason: "pod_rejected" } });
    expect(problem.exit.message).toContain("Insufficient cpu");
  });
});

describe("a pod with the helper", () => {
  it("runs while its main container runs", () => {
    expect(judgePod(recorded("helper-running")).kind).toBe("running");
  });
  it("is ending while its collector still uploads", () => {
    expect(judgePod(recorded("helper-collecting")).kind).toBe("ending");
  });
  it("could not be collected when uploads failed, and keeps the code of the tests", () => {
    const end = endOf(judgePod(recorded("helper-not-collected")));
    expect(end.exit).toMatchObject({ reason: "collect_failed", exitCode: 0 });
    expect(end.collected?.complete).toBe(false);
    expect(end.collected?.errors[0]).toContain("journal.ndjson");
  });
  it("is completed when everything was uploaded, or something was left out on purpose", () => {
    const pod = recorded("helper-not-collected");
    const collector = pod.status?.initContainerStatuses?.[1]?.state?.terminated;
    const skipped = [{ path: "big.xml", reason: "over the limit" }];
    if (collector)
      Object.assign(collector, { exitCode: 20, message: JSON.stringify({ skipped, errors: [] }) });
    const end = endOf(judgePod(pod));
    expect(end.exit.reason).toBe("completed");
    expect(end.collected).toEqual({ complete: false, skipped, errors: [] });
  });
  it("was not collected when the collector was killed and left no word", () => {
    const pod = recorded("helper-not-collected");
    const collector = pod.status?.initContainerStatuses?.[1]?.state?.terminated;
    if (collector) Object.assign(collector, { exitCode: 137, message: "" });
    expect(endOf(judgePod(pod)).exit.reason).toBe("collect_failed");
  });
});

describe("a pod that is gone", () => {
  it("counts as deleted unless its last state was an end", () => {
    expect(judgeGonePod(recorded("running")).exit.reason).toBe("pod_deleted");
    expect(judgeGonePod(null).exit.reason).toBe("pod_deleted");
    expect(judgeGonePod(recorded("red")).exit).toMatchObject({ reason: "completed", exitCode: 3 });
  });
});
