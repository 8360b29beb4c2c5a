import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { Node, Pod } from "@seatrial/kube-link/kube-types.ts";
import { afterEach, expect, it } from "vitest";
import { createPodFeed } from "../pods/pod-feed.ts";
import { createNodeWatch } from "./watch-nodes.ts";

const pod = { metadata: { name: "st-a", uid: "u-a" }, spec: { nodeName: "n1" } } as Pod;
const node = (status: string): Node => ({
  metadata: { name: "n1" },
  status: { conditions: [{ type: "Ready", status, lastTransitionTime: "2026-01-01T00:00:00Z" }] },
});
const stopping: AbortController[] = [];
afterEach(() => {
  for (const one of stopping.splice(0)) one.abort();
});

/** A watch on one node, looked at every 5 s and lost after 20 s. `answer` says what each look sees. */
function watching() {
  const clock = createManualClock();
  const feed = createPodFeed();
  feed.observe(pod);
  let answer = async (): Promise<Node> => node("True");
  const nodes = createNodeWatch({
    ...{ feed, clock, logger: silentLogger, everyMilliseconds: 5_000, graceSeconds: 20 },
    kube: { get: async <Answer>() => (await answer()) as Answer },
  });
  const shutdown = new AbortController();
  stopping.push(shutdown);
  void nodes.run(shutdown.signal);
  /** Whether the pod's node counts as lost after each of so many looks. */
  async function looks(count: number, next: () => Promise<Node>): Promise<boolean[]> {
    answer = next;
    const lost: boolean[] = [];
    for (let look = 0; look < count; look += 1) {
      await clock.sleepers(1);
      await clock.advance(5_000);
      lost.push(nodes.lostNode(pod) !== null);
    }
    return lost;
  }
  return { clock, looks, lostNode: () => nodes.lostNode(pod) };
}
const silent = async () => node("Unknown");
const unreachable = async () => Promise.reject(new KubeError(0, "Unreachable", "no answer"));

it("a node that is seen silent for its grace counts as lost", async () => {
  const { looks } = watching();
  expect(await looks(5, silent)).toEqual([false, false, false, false, true]);
});
it("a node that was seen silent once is not lost while the API server is away, and counting starts anew", async () => {
  const { looks } = watching();
  await looks(1, silent);
  expect(await looks(12, unreachable)).not.toContain(true);
  expect(await looks(5, silent)).toEqual([false, false, false, false, true]);
});
it("a node is not lost by a look that gets no answer, however long it takes", async () => {
  const { clock, looks, lostNode } = watching();
  await looks(1, silent);
  await looks(1, () => new Promise(() => {}));
  await clock.advance(60_000);
  expect(lostNode()).toBeNull();
});
it("a node that is gone is lost at once", async () => {
  const { looks } = watching();
  const gone = async () => Promise.reject(new KubeError(404, "NotFound", "gone"));
  expect(await looks(1, gone)).toEqual([true]);
});
