import type { Schedule, ScheduleFiring } from "@seatrial/contracts/schedules/schedule.ts";
import type { FireAnswer, ScheduleFacts } from "@seatrial/contracts/worker-protocol/schedules.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createProject, imageSuite } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub, workerToken } from "../../support/test-hub.ts";

stopServerAfterTests();

describe.each(databases)("a pause while a time is queued, on $name", (database) => {
  let hub: TestHub;
  let path = "";
  let schedule: Schedule;
  let runId = "";
  beforeEach(async () => {
    hub = await createTestHub(database);
    path = `${(await createProject(hub, "shop")).path}/schedules/nightly`;
    const body = { cron: "0 2 * * *", overlap: "queue", run: { suites: [imageSuite()] } };
    schedule = await hub.json<Schedule>("PUT", path, { body });
    runId = String((await hub.json<ScheduleFiring>("POST", `${path}/trigger`)).runId);
    hub.clock.advance(1);
  });
  afterEach(() => hub.close());

  const worker = <Answer>(method: string, about: string, body?: unknown) =>
    hub.json<Answer>(method, `/worker/v1/${about}`, {
      token: workerToken,
      ...(body === undefined ? {} : { body }),
    });
  const due = async () => (await worker<ScheduleFacts>("GET", `schedules/${schedule.id}`)).due;
  /** A run that nobody works on ends at once when it is cancelled. */
  async function endFirstRun(): Promise<void> {
    await hub.json("POST", `${path.replace(/schedules.*/, "runs")}/${runId}/cancel`);
    await worker("POST", `runs/${runId}/settle`);
  }

  test("starts no run when the run before is over", async () => {
    const [time = ""] = schedule.nextTimes;
    hub.clock.advance((Date.parse(time) - hub.clock.now().getTime()) / 1_000);
    const fire = () => worker<FireAnswer>("POST", `schedules/${schedule.id}/fire`, { scheduledFor: time });
    expect(await fire()).toEqual({ outcome: "queued", runId: null });
    const paused = await hub.json<Schedule>("POST", `${path}/pause`, { body: {} });
    expect(paused.firings[0]).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("paused"),
    });
    await endFirstRun();
    expect(await due()).toEqual([]);
    expect(await fire()).toEqual({ outcome: "skipped", runId: null });
  });

  test("leaves what somebody triggered in its place", async () => {
    const queued = await hub.json<ScheduleFiring>("POST", `${path}/trigger`);
    expect(queued.outcome).toBe("queued");
    await hub.json("POST", `${path}/pause`, { body: {} });
    await endFirstRun();
    expect(await due()).toEqual([queued.scheduledFor]);
  });
});
