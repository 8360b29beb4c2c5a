import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { Pod } from "@seatrial/kube-link/kube-types.ts";
import { expect, it } from "vitest";
import type { PodView } from "../judge/pod-view.ts";
import { createProgressReporter } from "./report-progress.ts";

const pod = { metadata: { name: "st-a", namespace: "tests" }, spec: {} } as Pod;
const waiting = { kind: "waiting" } as PodView;
const running = { kind: "running", startedAt: "2026-03-01T10:01:40Z" } as PodView;
const settle = () => new Promise((resolve) => setImmediate(resolve));

function reporter() {
  const told: string[] = [];
  const clock = createManualClock(0);
  const over = new AbortController();
  const see = createProgressReporter(
    { progress: ({ state, at }) => void told.push(`${state} ${at}`), clock },
    over.signal,
  );
  return { told, clock, over, see };
}

it("tells a slow start and then that it runs, each once and at its own time", async () => {
  const { told, clock, see } = reporter();
  see(waiting, pod);
  await clock.advance(1_000);
  see(waiting, pod);
  see(running, pod);
  see(running, pod);
  expect(told).toEqual(["starting 1970-01-01T00:00:00.000Z", "running 2026-03-01T10:01:40.000Z"]);
});

it("tells of a quick start only that it runs", async () => {
  const { told, clock, see } = reporter();
  see(waiting, pod);
  see(running, pod);
  await clock.advance(1_000);
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
