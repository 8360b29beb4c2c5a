import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { PodList } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import type { PodApi } from "./pod-api.ts";
import { createPodFeed } from "./pod-feed.ts";
import { createSyncPods } from "./sync-pods.ts";
import { watchPods } from "./watch-pods.ts";

const event = (type: string, name: string, version: number) =>
  JSON.stringify({
    type,
    object: { metadata: { name, uid: name, resourceVersion: String(version) }, spec: {} },
  });

/** Watch streams by hand: bytes, then silence until the caller gives up, or an end. */
function watched(script: { bytes: string[]; afterwards: "silence" | "end" }, list: PodList | null = null) {
  const versions: string[] = [];
  let lists = 0;
  const pods = {
    async watch(version: string, _seconds: number, signal: AbortSignal) {
      versions.push(version);
      return (async function* () {
        for (const piece of script.bytes) yield Buffer.from(piece);
        if (script.afterwards === "silence")
          await new Promise((_resolve, reject) => {
            const breakOff = () => reject(new Error("aborted"));
            if (signal.aborted) breakOff();
            signal.addEventListener("abort", breakOff);
          });
      })();
    },
    async list() {
      lists += 1;
      return list;
    },
  } as unknown as PodApi;
  return { pods, versions, lists: () => lists };
}
const running = new AbortController().signal;

it("feeds events, wherever the network cut them, and says where to go on", async () => {
  const text = `${event("ADDED", "a", 5)}\n${event("MODIFIED", "a", 6)}\n${event("BOOKMARK", "", 9)}\n`;
  const { pods } = watched({
    bytes: [text.slice(0, 30), text.slice(30, 100), text.slice(100)],
    afterwards: "end",
  });
  const feed = createPodFeed();
  const version = await watchPods(
    { pods, feed, clock: createManualClock(), idleMilliseconds: 90_000 },
    "1",
    running,
  );
  expect(feed.get("a")?.metadata.resourceVersion).toBe("6");
  expect(version).toBe("9");
});
it("gives a watch up that has fallen silent, and asks for a list", async () => {
  const { pods } = watched({ bytes: [`${event("ADDED", "a", 5)}\n`], afterwards: "silence" });
  const clock = createManualClock();
  const watching = watchPods({ pods, feed: createPodFeed(), clock, idleMilliseconds: 90_000 }, "1", running);
  await clock.sleepers(1);
  await clock.advance(90_000);
  expect(await watching).toBeNull();
});
it("asks for a list when the server no longer has the version", async () => {
  const { pods } = watched({ bytes: [`{"type":"ERROR","object":{"code":410}}\n`], afterwards: "end" });
  expect(
    await watchPods(
      { pods, feed: createPodFeed(), clock: createManualClock(), idleMilliseconds: 1 },
      "1",
      running,
    ),
  ).toBeNull();
});
it("the periodic list finds what a silent watch never told", async () => {
  const list = JSON.parse(
    `{"metadata":{"resourceVersion":"7"},"items":[${event("", "a", 7).slice(20, -1)}]}`,
  );
  const { pods, versions, lists } = watched({ bytes: [], afterwards: "silence" }, list);
  const clock = createManualClock();
  const feed = createPodFeed();
  const sync = createSyncPods({
    pods,
    feed,
    clock,
    logger: silentLogger,
    idleMilliseconds: 90_000,
    resyncMilliseconds: 15_000,
  });
  await sync.start();
  expect(versions).toEqual(["7"]);
  list.items[0].metadata.resourceVersion = "8";
  list.metadata.resourceVersion = "8";
  await clock.sleepers(2);
  await clock.advance(15_000);
  expect(lists()).toBe(2);
  expect(feed.get("a")?.metadata.resourceVersion).toBe("8");
  await sync.stop();
});
