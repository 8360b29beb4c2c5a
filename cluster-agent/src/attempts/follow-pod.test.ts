import { readFileSync } from "node:fs";
import { infrastructureReasons } from "@seatrial/contracts/runs/exit.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { exitOf } from "../judge/pod-view.ts";
import { createPodFeed } from "../pods/pod-feed.ts";
import { followPod } from "./follow-pod.ts";

let version = 1_000_000;
function recorded(name: string): Pod {
  const text = readFileSync(new URL(`../judge/fixtures/${name}.json`, import.meta.url), "utf8");
  const pod: Pod = JSON.parse(text);
  version += 1;
  return { ...pod, metadata: { ...pod.metadata, name: "st-a", uid: "u", resourceVersion: String(version) } };
}
function following(first: string) {
  const feed = createPodFeed();
  const clock = createManualClock();
  const pod = recorded(first);
  feed.observe(pod);
  const views: string[] = [];
  let nodeIsLost = false;
  const stopping = new AbortController();
  const lostNode = () => (nodeIsLost ? exitOf("node_lost", "gone") : null);
  const followed = followPod(
    { feed, podsInHand: feed.all, clock, lostNode },
    pod,
    (view) => views.push(view.kind),
    stopping.signal,
  );
  const loseNode = () => {
    nodeIsLost = true;
  };
  return { feed, clock, pod, views, stopping, followed, loseNode };
}
/** A pod whose image cannot be pulled, in these words of its runtime. */
function failedPull(message: string): (reason: string) => Pod {
  return (reason) => {
    const pod = recorded("image-error");
    const status = pod.status?.containerStatuses?.[0];
    if (status) status.state = { waiting: { reason, message } };
    return pod;
  };
}
function next(): string {
  version += 1;
  return String(version);
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

it("tells what happens on the way and ends with the container, without waiting for a tick", async () => {
  const { feed, views, followed, clock } = following("creating");
  await clock.sleepers(1);
  feed.observe(recorded("running"));
  await settle();
  feed.observe(recorded("red"));
  expect((await followed)?.end.exit).toMatchObject({ reason: "completed", exitCode: 3 });
  expect(views).toEqual(["waiting", "running", "ended"]);
});
it("gives a failing pull its grace, over changes between its two states", async () => {
  const { feed, clock, followed } = following("image-error");
  for (let seconds = 2; seconds <= 20; seconds += 2) {
    await clock.sleepers(1);
    if (seconds === 10) {
      feed.observe(recorded("image-back-off"));
      await clock.sleepers(1);
    }
    await clock.advance(2_000);
  }
  expect((await followed)?.end.exit.reason).toBe("image_missing");
});
it("gives a registry that does not answer three minutes, and its end may be mended by another attempt", async () => {
  const { feed, clock, followed } = following("creating");
  await clock.sleepers(1);
  const told = failedPull("read tcp 10.0.0.1:443: read: connection reset by peer");
  for (let seconds = 0; seconds < 60; seconds += 2) {
    if (seconds % 10 === 0) feed.observe(told("ErrImagePull"));
    if (seconds % 10 === 2) feed.observe(told("ImagePullBackOff"));
    await settle();
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
  feed.observe(recorded("running"));
  await settle();
  feed.observe(recorded("passed"));
  expect((await followed)?.end.exit).toMatchObject({ reason: "completed", exitCode: 0 });
});
it("ends a pull that fails for three minutes as what another attempt may mend", async () => {
  const { feed, clock, followed } = following("creating");
  await clock.sleepers(1);
  feed.observe(failedPull("dial tcp: i/o timeout")("ErrImagePull"));
  await settle();
  for (let seconds = 0; seconds < 180; seconds += 2) {
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
  const exit = (await followed)?.end.exit;
  expect(exit).toMatchObject({ reason: "pod_rejected", exitCode: null });
  expect(exit?.message).toContain("i/o timeout");
  expect(infrastructureReasons.has("pod_rejected")).toBe(true);
});
it("ends a pull that is refused after 20 s, also where the words between two pulls do not say so", async () => {
  const { feed, clock, followed } = following("creating");
  await clock.sleepers(1);
  for (let seconds = 0; seconds <= 20; seconds += 2) {
    feed.observe(
      seconds % 4 === 0 ? failedPull("manifest unknown")("ErrImagePull") : failedPull("")("ImagePullBackOff"),
    );
    await settle();
    if (seconds === 20) break;
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
  expect((await followed)?.end.exit.reason).toBe("image_missing");
});
it("forgives a pull that works in the end", async () => {
  const { feed, clock, followed } = following("image-error");
  await clock.sleepers(1);
  await clock.advance(10_000);
  feed.observe(recorded("running"));
  await settle();
  await clock.advance(30_000);
  feed.observe(recorded("passed"));
  expect((await followed)?.end.exit).toMatchObject({ reason: "completed", exitCode: 0 });
});
it("counts the time that passes, whatever the clock is set to meanwhile", async () => {
  const { clock, followed, views } = following("image-error");
  await clock.sleepers(1);
  clock.step(3_600_000);
  await clock.advance(2_000);
  await clock.sleepers(1);
  expect(views).toEqual(["waiting", "waiting"]);
  clock.step(-7_200_000);
  for (let seconds = 4; seconds <= 20; seconds += 2) {
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
  expect((await followed)?.end.exit.reason).toBe("image_missing");
});
it("waits for the collector, but not longer than its grace allows", async () => {
  const { clock, followed } = following("helper-collecting");
  for (let seconds = 0; seconds < 46; seconds += 2) {
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
  const end = (await followed)?.end;
  expect(end?.exit.reason).toBe("collect_failed");
  expect(end?.collected?.errors[0]).toContain("did not end");
});
it("believes an end that came before the deletion, also when both come at once", async () => {
  const deleted = () => {
    const pod = recorded("red");
    pod.metadata.deletionTimestamp = "2000-01-01T00:00:00Z";
    return pod;
  };
  for (const [states, reason] of [
    [[recorded("red"), deleted()], "completed"],
    [[deleted()], "pod_deleted"],
  ] as const) {
    const { feed, followed } = following("running");
    await settle();
    for (const pod of states)
      feed.observe({ ...pod, metadata: { ...pod.metadata, resourceVersion: next() } });
    expect((await followed)?.end.exit.reason).toBe(reason);
  }
});
it("takes a pod that vanished for deleted", async () => {
  const { feed, pod, followed } = following("running");
  await settle();
  feed.forget(pod);
  expect((await followed)?.end.exit.reason).toBe("pod_deleted");
});
it("ends with its node, and what was seen there is no verdict", async () => {
  const { clock, followed, loseNode } = following("helper-collecting");
  await clock.sleepers(1);
  loseNode();
  await clock.advance(2_000);
  expect(await followed).toMatchObject({ nodeIsLost: true, end: { exit: { reason: "node_lost" } } });
});
it("is over with nothing to say when it is told to stop", async () => {
  const { stopping, followed } = following("running");
  stopping.abort();
  expect(await followed).toBeNull();
});
