import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import type { PodView } from "../judge/pod-view.ts";
import { createPatience } from "./quick-pods.ts";
import { createProgressReporter } from "./report-progress.ts";

const pod = { metadata: { name: "st-a", namespace: "tests" }, spec: {} } as Pod;
const waiting = { kind: "waiting" } as PodView;
const running = { kind: "running", startedAt: "2026-03-01T10:01:40Z" } as PodView;
const endedWith = (exitCode: number) =>
  ({
    kind: "ended",
    end: { exit: { reason: "completed", exitCode }, startedAt: "2026-03-01T10:01:40Z" },
  }) as PodView;
const settle = () => new Promise((resolve) => setImmediate(resolve));

function reporter(starts = 1) {
  const told: string[] = [];
  const nodes: string[] = [];
  const clock = createManualClock(0);
  const patienceOf = createPatience(clock);
  for (let before = 1; before < starts; before += 1) patienceOf();
  const over = new AbortController();
  const see = createProgressReporter(
    {
      progress({ state, at, pod: { node } }) {
        told.push(`${state} ${at}`);
        nodes.push(`${state} on ${node}`);
      },
      clock,
      patience: patienceOf(),
    },
    over.signal,
  );
  return { told, nodes, clock, over, see };
}

it("tells a slow start and then that it runs, each once and at its own time", async () => {
  const { told, clock, see } = reporter();
  see(waiting, pod);
  await clock.advance(1_000);
  see(waiting, pod);
  see(running, pod);
  see(running, pod);
  await clock.advance(1_000);
  expect(told).toEqual(["starting 1970-01-01T00:00:00.000Z", "running 2026-03-01T10:01:40.000Z"]);
});

it("tells of a quick start only that it runs", async () => {
  const { told, clock, see } = reporter();
  see(waiting, pod);
  see(running, pod);
  await clock.advance(1_000);
  expect(told).toEqual(["running 2026-03-01T10:01:40.000Z"]);
});

it("tells nothing of a pod that ends as soon as it runs: its end says it all", async () => {
  const { told, clock, see } = reporter();
  see(waiting, pod);
  see(running, pod);
  await clock.advance(50);
  see(endedWith(0), pod);
  await clock.advance(1_000);
  expect(told).toEqual([]);
});

it("tells where a pod was that ended as soon as it ran and did not pass, once", async () => {
  const { told, clock, see } = reporter();
  see(running, pod);
  await clock.advance(50);
  see(endedWith(1), pod);
  see(endedWith(1), pod);
  await clock.advance(1_000);
  expect(told).toEqual(["running 2026-03-01T10:01:40.000Z"]);
});

it("tells the node of one that ended red after it was told as starting without one", async () => {
  const { nodes, clock, see } = reporter();
  see(waiting, pod);
  await clock.advance(1_000);
  see(endedWith(1), { ...pod, spec: { nodeName: "node-1" } } as Pod);
  expect(nodes).toEqual(["starting on null", "running on node-1"]);
});

it("waits for up to a second while many pods begin", async () => {
  const { told, clock, see } = reporter(50);
  see(waiting, pod);
  see(running, pod);
  await clock.advance(999);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(["running 2026-03-01T10:01:40.000Z"]);
});

it("tells nothing more of an attempt that is over", async () => {
  const { told, clock, over, see } = reporter();
  see(waiting, pod);
  over.abort();
  await clock.advance(1_000);
  await settle();
  expect(told).toEqual([]);
});
