import type { SweepAnswer, SweepRequest } from "@seatrial/contracts/agent-protocol/operation.ts";
import { type Logger, silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noRepairs } from "../blockers/repair-policy.ts";
import { createObjectServer, type ObjectServer } from "../testing/object-server.ts";
import { tidyCluster } from "./tidy-cluster.ts";

const everySeconds = 100;
const nothing: SweepAnswer = { remove: [], held: [], missing: [], relabel: [] };
const clock = createManualClock();
const nowSeconds = () => Math.floor(clock.now() / 1_000);

let server: ObjectServer;
let told: SweepRequest[];
let answers: (() => SweepAnswer)[];
let warned: string[];
let over: AbortController;
let tidying: Promise<void>;

beforeEach(async () => {
  server = await createObjectServer({ "/api/v1/namespaces": [] });
  told = [];
  answers = [];
  warned = [];
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await tidying;
  await server.close();
});

function namespace(name: string, expires: number): void {
  const labels = { "seatrial.dev/environment": `e-${name}`, "seatrial.dev/expires": String(expires) };
  server.objects["/api/v1/namespaces"]?.push({
    metadata: { name, uid: `uid-${name}`, resourceVersion: "1", labels } as { name: string },
  });
}
function start(runsJanitor = true): void {
  const logger: Logger = {
    ...silentLogger,
    warn: (facts) => warned.push(String(Reflect.get(facts, "what"))),
  };
  const removal = {
    ...{ kube: server.kube, cluster: "east", leaseNamespace: "seatrial", holder: "one" },
    ...{ policy: noRepairs, clock, logger, marginSeconds: 10 },
  };
  const link = {
    sweep: async (request: SweepRequest) => {
      told.push(request);
      return answers.shift()?.() ?? nothing;
    },
  };
  const deps = { link, instance: "instance-1", removal, runsJanitor, everySeconds, clock, logger };
  tidying = tidyCluster({ ...deps, random: () => 0.5 }, over.signal);
}
/** Lets one look happen, and waits until the next one is awaited. */
async function look(): Promise<void> {
  await clock.sleepers(1);
  await clock.advance(everySeconds * 1_000);
  await clock.sleepers(1);
}

test("it looks soon after the start, and then at every interval", async () => {
  start();
  await clock.sleepers(1);
  expect(clock.waits()).toEqual([10_000]);
  await look();
  expect(told).toHaveLength(1);
  expect(clock.waits()).toEqual([everySeconds * 1_000]);
});

test("the hub hears each environment of the cluster with its expiry", async () => {
  namespace("shop-1", nowSeconds() + 5_000);
  start();
  await look();
  expect(told[0]).toMatchObject({
    instance: "instance-1",
    found: [{ environmentId: "e-shop-1", namespace: "shop-1", namespaceUid: "uid-shop-1" }],
  });
  expect(server.writes).toEqual([]);
});

test("what was extended gets its new time before the janitor goes by the old one", async () => {
  namespace("shop-1", nowSeconds() - 3_600);
  const expiresAtEpochSeconds = nowSeconds() + 7_200;
  const relabel = [{ environmentId: "e-shop-1", namespace: "shop-1", expiresAtEpochSeconds }];
  answers = [() => ({ ...nothing, relabel })];
  start();
  await look();
  expect(server.writes.map(({ path }) => path)).toEqual(["/api/v1/namespaces/shop-1"]);
  const [metadata] = (server.objects["/api/v1/namespaces"] ?? []).map((object) => object.metadata);
  expect(metadata).toMatchObject({ labels: { "seatrial.dev/expires": String(expiresAtEpochSeconds) } });
});

test("the janitor acts on what has expired also when the hub does not answer", async () => {
  namespace("shop-1", nowSeconds() - 3_600);
  answers = [
    () => {
      throw new Error("the hub is away");
    },
  ];
  start();
  await look();
  expect(warned).toContain("sweep");
  // Its first write is the Lease that keeps others out.
  expect(server.writes[0]?.path).toBe("/apis/coordination.k8s.io/v1/namespaces/seatrial/leases");
});

test("without a janitor what has expired is left to the hub; a failed sweep is made up for by the next", async () => {
  namespace("shop-1", nowSeconds() - 3_600);
  answers = [
    () => {
      throw new Error("the hub is away");
    },
  ];
  start(false);
  await look();
  await look();
  expect(warned).toEqual(["sweep"]);
  expect(told).toHaveLength(2);
  expect(server.writes).toEqual([]);
});
