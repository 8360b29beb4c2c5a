import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { Schedule } from "@seatrial/contracts/schedules/schedule.ts";
import type { Worker } from "@seatrial/workflows/create-worker.ts";
import { connectTemporal, type TemporalLink } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, imageSuite } from "../../support/hub-fixtures.ts";
import { listenOn } from "../../support/run-cli.ts";
import { openTemporal, type TestTemporal } from "../../support/temporal-server.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";
import { patientPace, startTestWorker, testPayloadKey } from "../../support/test-worker.ts";

stopServerAfterTests();

const [database] = databases;
if (!database) throw new Error("there is no database to test on");

let hub: TestHub;
let server: Awaited<ReturnType<typeof listenOn>>;
let temporal: TestTemporal;
let worker: Worker;
let link: TemporalLink;

beforeAll(async () => {
  temporal = await openTemporal();
  hub = await createTestHub(database);
  server = await listenOn(hub.app);
  const pace = { ...patientPace, firstSeconds: 2, longestSeconds: 5 };
  worker = await startTestWorker(temporal, server, { token: workerToken, pace });
  link = await connectTemporal(temporal.place("unused"), createDataConverter([testPayloadKey]), silentLogger);
});
afterAll(async () => {
  await worker?.stop();
  await link?.connection.close();
  await server?.close();
  await hub?.close();
  await temporal?.stop();
});

const patient = { timeout: 90_000, interval: 200 };

/** Lets Temporal's schedule act on the hub's next hour, which is years ahead of this machine's clock. */
async function passHour(id: string, hour: number): Promise<void> {
  const end = Date.parse("2030-01-01T00:00:00Z") + hour * 3_600_000;
  hub.clock.advance((end + 5_000 - hub.clock.now().getTime()) / 1_000);
  const span = { start: new Date(end - 60_000), end: new Date(end + 1_000) };
  const overlap = ScheduleOverlapPolicy.ALLOW_ALL;
  await link.client.schedule.getHandle(`schedule/${id}`).backfill({ ...span, overlap });
}

test("from PUT to run: Temporal's schedule starts runs, a queued one after the end of the run before", {
  timeout: 300_000,
}, async () => {
  const { path } = await createProject(hub, "shop");
  const schedulePath = `${path}/schedules/hourly`;
  const body = { cron: "0 * * * *", overlap: "queue", run: { suites: [imageSuite()] } };
  const { id } = await hub.json<Schedule>("PUT", schedulePath, { body });
  const read = () => hub.json<Schedule>("GET", schedulePath);
  const firings = async () => (await read()).firings.map(({ outcome }) => outcome);
  await expect.poll(async () => (await read()).applied, patient).toBe(true);

  await passHour(id, 1);
  await expect.poll(firings, patient).toEqual(["started"]);
  const runId = (await read()).firings[0]?.runId;
  const run = () => hub.json<Run>("GET", `${path}/runs/${runId}`);
  expect(await run()).toMatchObject({ createdBy: { id, name: "schedule hourly" } });

  await passHour(id, 2);
  await expect.poll(firings, patient).toEqual(["queued", "started"]);
  await hub.json("POST", `${path}/runs/${runId}/cancel`);
  await expect.poll(firings, patient).toEqual(["started", "started"]);
  expect(await run()).toMatchObject({ state: "cancelled" });

  await hub.json("DELETE", schedulePath);
  const schedule = link.client.schedule.getHandle(`schedule/${id}`);
  await expect
    .poll(() => schedule.describe().catch((error) => error.name), patient)
    .toBe("ScheduleNotFoundError");
  const { items } = await hub.json<{ items: Run[] }>("GET", `${path}/runs`);
  expect(items).toHaveLength(2);
});
