import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { expect, test } from "vitest";
import type { StepDeps } from "../activities/step-deps.ts";
import { createWorkerHub } from "../hub/worker-hub.ts";
import type { FoundDigest } from "../registry/create-registry.ts";
import { testingPullRequest } from "../testing-pull-requests.ts";
import { createCourtesy } from "./courtesy.ts";
import { findImages } from "./find-images.ts";
import { createRefusals } from "./refusals.ts";

const digest = `sha256:${"a".repeat(64)}`;
const missing: FoundDigest = { digest: null, problem: null };

/** A hub that waits for these images and wants to look again then, and registries that answer so. */
function open(found: Record<string, FoundDigest>, lookInSeconds: number | null) {
  const told: unknown[] = [];
  const { facts } = testingPullRequest("pr-1", { lookInSeconds });
  const fetch = (async (url: URL, init: RequestInit) => {
    if (init.method === "POST") told.push(JSON.parse(String(init.body)));
    return Response.json(url.pathname.endsWith("/images") ? { images: Object.keys(found) } : facts);
  }) as typeof globalThis.fetch;
  const clock = createManualClock();
  const deps: StepDeps = {
    ...{ hub: createWorkerHub({ hubUrl: "http://hub", token: "t", fetch }), github: null, clock },
    registry: { findDigest: async (image) => found[image] ?? missing, close: async () => undefined },
    ...{ logger: silentLogger, courtesy: createCourtesy(clock), refusals: createRefusals(clock) },
    signal: new AbortController().signal,
    withRepository: () => Promise.reject(new Error("no forge is asked")),
  };
  return { told, find: () => findImages(deps, "pr-1", "a".repeat(40)) };
}

test("an image that is missing is asked for again at the hub's pace", async () => {
  const ask = (lookInSeconds: number | null) => open({ "acme/shop:1": missing }, lookInSeconds).find();
  expect(await ask(47)).toEqual({ done: false, retryInSeconds: 47 });
  expect(await ask(null)).toEqual({ done: false, retryInSeconds: 10 });
});

test("a registry that wants to be left alone is, and the hub is told no more than it takes", async () => {
  const problem = "registry.test answers 429: too many requests";
  const limited = { digest: null, problem, retryInSeconds: 300 };
  const { told, find } = open({ "acme/shop:1": missing, "registry.test/shop:1": limited }, 47);
  expect(await find()).toEqual({ done: false, retryInSeconds: 300 });
  const images = [
    { image: "acme/shop:1", ...missing },
    { image: "registry.test/shop:1", digest: null, problem },
  ];
  expect(told).toEqual([{ images }]);
});

test("images that are all there are not asked for again", async () => {
  const { find } = open({ "acme/shop:1": { digest, problem: null } }, 47);
  expect(await find()).toEqual({ done: true, retryInSeconds: null });
});
