import { readFileSync } from "node:fs";
import { createManualClock, type ManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { createPodFeed } from "../pods/pod-feed.ts";
import { followPod } from "./follow-pod.ts";

let version = 1_000_000;
function recorded(fixture: string, name = "st-a"): Pod {
  const text = readFileSync(new URL(`../judge/fixtures/${fixture}.json`, import.meta.url), "utf8");
  const pod: Pod = JSON.parse(text);
  version += 1;
  return { ...pod, metadata: { ...pod.metadata, name, uid: name, resourceVersion: String(version) } };
}
/** A pod whose node has its room back. */
function over(name: string): Pod {
  const pod = recorded("passed", name);
  return { ...pod, status: { ...pod.status, phase: "Succeeded" } };
}
/** A pod that no node takes, of an attempt that may take so long. Pods of these names are of no attempt any more. */
function waiting(activeDeadlineSeconds: number, kept: string[] = []) {
  const feed = createPodFeed();
  const clock = createManualClock();
  const pod = recorded("unschedulable");
  pod.spec.activeDeadlineSeconds = activeDeadlineSeconds;
  feed.observe(pod);
  const signal = new AbortController().signal;
  const podsInHand = () => feed.all().filter(({ metadata }) => !kept.includes(metadata.name));
  const followed = followPod({ feed, podsInHand, clock, lostNode: () => null }, pod, () => {}, signal);
  return { feed, clock, followed };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function wait(clock: ManualClock, seconds: number): Promise<void> {
  for (let waited = 0; waited < seconds; waited += 2) {
    await clock.sleepers(1);
    await clock.advance(2_000);
  }
}
it("ends when no node takes it for two minutes and none of ours will make room", async () => {
  const { feed, clock, followed } = waiting(3_600, ["st-kept"]);
  feed.observe(recorded("unschedulable", "st-waits-too"));
  feed.observe(over("st-over"));
  feed.observe(recorded("running", "st-kept"));
  await wait(clock, 120);
  expect((await followed)?.end.exit).toMatchObject({ reason: "pod_rejected" });
});
it("waits for room while others of ours are on the nodes, and two minutes more after the last", async () => {
  const { feed, clock, followed } = waiting(3_600);
  let isOver = false;
  void followed.then(() => {
    isOver = true;
  });
  feed.observe(recorded("running", "st-b"));
  await wait(clock, 600);
  feed.observe(over("st-b"));
  await wait(clock, 118);
  expect(isOver).toBe(false);
  feed.observe(recorded("running"));
  await settle();
  feed.observe(recorded("passed"));
  expect((await followed)?.end.exit).toMatchObject({ reason: "completed", exitCode: 0 });
});
it.each([
  ["its attempt may take", 600, 600],
  ["a quarter of an hour, and two minutes more", 3_600, 900],
])("waits for room no longer than %s", async (_, activeDeadlineSeconds, seconds) => {
  const { feed, clock, followed } = waiting(activeDeadlineSeconds);
  let isOver = false;
  void followed.then(() => {
    isOver = true;
  });
  feed.observe(recorded("running", "st-b"));
  await wait(clock, seconds + 118);
  expect(isOver).toBe(false);
  await wait(clock, 2);
  expect((await followed)?.end.exit).toMatchObject({ reason: "pod_rejected" });
});
