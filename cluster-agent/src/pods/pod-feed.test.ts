import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import { createPodFeed } from "./pod-feed.ts";

const pod = (name: string, version: number, uid = name) =>
  ({ metadata: { name, uid, resourceVersion: String(version) }, spec: {} }) as Pod;
const list = (version: number, ...items: Pod[]) => ({
  metadata: { resourceVersion: String(version) },
  items,
});

it("an older state than the known one changes nothing", () => {
  const feed = createPodFeed();
  feed.observe(pod("a", 10));
  feed.observe(pod("a", 9));
  expect(feed.get("a")?.metadata.resourceVersion).toBe("10");
});
it("a full list finds what a silent watch missed, and says what is gone", () => {
  const feed = createPodFeed();
  const heard: (string | null)[] = [];
  feed.observe(pod("a", 10));
  feed.subscribe("a", (seen) => heard.push(seen?.metadata.resourceVersion ?? null));
  feed.reconcile(list(20, pod("a", 12)));
  feed.reconcile(list(30));
  expect(heard).toEqual(["12", null]);
  expect(feed.all()).toEqual([]);
});
it("a list that is older than a pod does not take it away", () => {
  const feed = createPodFeed();
  feed.observe(pod("a", 25));
  feed.reconcile(list(20));
  expect(feed.get("a")).toBeDefined();
});
it("the end of an earlier pod of the same name is not the end of this one", () => {
  const feed = createPodFeed();
  feed.observe(pod("a", 25, "second"));
  feed.forget(pod("a", 26, "first"));
  expect(feed.get("a")?.metadata.uid).toBe("second");
});
