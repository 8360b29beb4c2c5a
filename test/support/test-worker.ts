import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { type Clock, systemClock } from "@seatrial/contracts/time/clock.ts";
import { createWorker, type Worker, type WorkerOptions } from "@seatrial/workflows/create-worker.ts";
import type { Pace } from "@seatrial/workflows/looking/pace.ts";
import { toPayloadKey } from "@seatrial/workflows/temporal/payload-codec.ts";
import type { TestTemporal } from "./temporal-server.ts";

/** So slow that only signals make a workflow look; a test that wants the fall-back sets it. */
export const patientPace: Pace = {
  firstSeconds: 3_600,
  longestSeconds: 3_600,
  firstRetrySeconds: 1,
  longestRetrySeconds: 2,
};

export const testPayloadKey = toPayloadKey(randomBytes(32));
export const testCacheFolder = join(tmpdir(), "seatrial-test-workflows");

let queues = 0;

/** A worker of a testing hub on a task queue of its own, unless one is given. */
export async function startTestWorker(
  temporal: TestTemporal,
  hub: { url: string },
  options: Partial<WorkerOptions> & { taskQueue?: string } = {},
  clock: Clock = systemClock,
): Promise<Worker> {
  queues += 1;
  const { taskQueue = `queue-${process.pid}-${queues}`, ...others } = options;
  const worker = createWorker(
    { fetch, clock, logger: silentLogger, random: () => 0.5 },
    {
      hubUrl: hub.url,
      token: "secret",
      temporal: temporal.place(taskQueue),
      payloadKeys: [testPayloadKey],
      cacheFolder: testCacheFolder,
      pace: patientPace,
      waitSeconds: 1,
      ...others,
    },
  );
  worker.start();
  await worker.ready();
  return worker;
}
