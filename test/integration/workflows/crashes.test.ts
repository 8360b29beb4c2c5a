import type { ChildProcess } from "node:child_process";
import { environmentFacts, startTestingHub, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { killNow, startWorkerProcess } from "../../support/worker-process.ts";

let temporal: TestTemporal;
let hub: TestingHub;
let worker: ChildProcess;

beforeEach(async () => {
  temporal = await openTemporal({ onFile: true });
  hub = await startTestingHub();
  worker = start();
});
afterEach(async () => {
  await killNow(worker);
  await hub.close();
  await temporal.stop();
});

function start(): ChildProcess {
  return startWorkerProcess({
    hubUrl: hub.url,
    temporalAddress: temporal.address,
    taskQueue: "crashes",
  });
}

const pathOf = (run: string, verb: string) => `/worker/v1/runs/${run}/${verb}`;

test("a worker killed in the middle of a run's step: the next one takes it to its end", async () => {
  const begun = Promise.withResolvers<void>();
  let isFirst = true;
  hub.answerWith(async (call) => {
    if (call.path !== pathOf("r-1", "plan") || !isFirst) return null;
    isFirst = false;
    begun.resolve();
    // Never answered: its caller dies.
    return new Promise(() => undefined);
  });
  hub.need("r-1", { plan: true }, "run.created");
  await begun.promise;
  await killNow(worker);
  hub.need("r-1", { settle: true, isOver: true });
  worker = start();
  await hub.until(() => hub.state.runs.get("r-1")?.settle === false);
  expect(hub.activities().at(-1)).toBe(pathOf("r-1", "settle"));
  expect(hub.state.runs.get("r-1")?.plan).toBe(false);
});

test("Temporal killed in the middle: what it was told is still done, and what came meanwhile too", async () => {
  hub.need("r-before", { plan: true }, "run.created");
  await hub.until(() => hub.state.runs.get("r-before")?.plan === false);
  process.kill(temporal.pid(), "SIGKILL");
  hub.need("r-meanwhile", { plan: true }, "run.created");
  hub.need("r-before", { settle: true, isOver: true });
  await hub.until(
    () =>
      hub.state.outbox.length === 0 &&
      hub.state.runs.get("r-meanwhile")?.plan === false &&
      hub.state.runs.get("r-before")?.settle === false,
  );
});

test("both killed: an environment's life goes on where the hub says it is", async () => {
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/operations")) return null;
    const facts = hub.state.environments.get("e-1") ?? environmentFacts("e-1");
    const operation = {
      ...{ kind: "up" as const, number: Number(call.body.number), state: "leased" as const },
      ...{ generation: 1, retryable: false, failuresInRow: 0, endedSecondsAgo: null },
    };
    hub.state.environments.set("e-1", { ...facts, state: "creating", operation });
    return { status: 200, body: hub.state.environments.get("e-1") };
  });
  hub.change(environmentFacts("e-1"));
  await hub.until(() => hub.activities().length === 1);
  await killNow(worker);
  process.kill(temporal.pid(), "SIGKILL");
  const facts = hub.state.environments.get("e-1") ?? environmentFacts("e-1");
  const operation = facts.operation && { ...facts.operation, state: "failed" as const, failuresInRow: 1 };
  hub.change({ ...facts, operation });
  worker = start();
  const path = "/worker/v1/environments/e-1";
  await hub.until(() => hub.activities().includes(`${path}/give-up`));
  expect(new Set(hub.activities())).toEqual(new Set([`${path}/operations`, `${path}/give-up`]));
});
