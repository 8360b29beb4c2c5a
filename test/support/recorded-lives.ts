import type { TemporalLink } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { environmentFacts, problem, type TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { ScheduleOverlapPolicy } from "@temporalio/client";
import { longChanges, shortChanges } from "./recorded-changes.ts";

export type Stage = {
  hub: TestingHub;
  link: TemporalLink;
  /** To be called while the workflow runs for the first time. */
  begun: () => Promise<void>;
  restartWorker: () => Promise<void>;
};
export type Life = (stage: Stage) => Promise<void>;

/** Lives to record, by the workflow's id. */
export const shortLives: Record<string, Life> = {
  "run/r-1": liveRun,
  "run/r-2": liveTroubledRun,
  "environment/e-1": liveEnvironment,
  "schedule/s-1": liveSchedule,
  "firing/s-2-2026-03-02T01:00:00Z": (stage) => liveFiring(stage, "s-2", 1),
  ...shortChanges,
};

/** The same where a history may not grow long, so that each goes on as a new execution. */
export const longLives: Record<string, Life> = {
  "run/r-3": liveLongRun,
  "environment/e-3": liveLongEnvironment,
  "schedule/s-3": liveLongSchedule,
  "firing/s-4-2026-03-02T01:00:00Z": (stage) => liveFiring(stage, "s-4", 12),
  ...longChanges,
};

/** Planned, refused once, split, left alone for a fall-back, settled. */
async function liveRun({ hub, begun }: Stage): Promise<void> {
  let refusals = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/split") || refusals > 0) return null;
    refusals += 1;
    return problem(422, "invalid_request");
  });
  hub.need("r-1", { plan: true }, "run.created");
  await hub.until(() => hub.state.runs.get("r-1")?.plan === false);
  await begun();
  hub.need("r-1", { split: ["0", "1"] }, "suite.listed");
  await hub.until(() => hub.state.runs.get("r-1")?.split.length === 0);
  const reads = hub.reads("/worker/v1/runs/r-1");
  await hub.until(() => hub.reads("/worker/v1/runs/r-1") > reads);
  hub.need("r-1", { settle: true, isOver: true });
  await hub.until(() => hub.state.runs.get("r-1")?.settle === false);
}

/** Brought up with a failure, ready, expired, taken down. */
async function liveEnvironment({ hub, begun }: Stage): Promise<void> {
  const path = "/worker/v1/environments/e-1";
  const newest = () => hub.state.environments.get("e-1") ?? environmentFacts("e-1");
  hub.answerWith(async (call) => {
    if (call.path === `${path}/expire`) hub.state.environments.set("e-1", { ...newest(), wanted: "gone" });
    else if (call.path === `${path}/operations`) {
      const kind = call.body.kind === "down" ? ("down" as const) : ("up" as const);
      const operation = {
        ...{ kind, number: Number(call.body.number), state: "queued" as const, generation: 1 },
        ...{ retryable: true, failuresInRow: 0, endedSecondsAgo: null },
      };
      hub.state.environments.set("e-1", { ...newest(), operation });
    } else return null;
    return { status: 200, body: newest() };
  });
  const end = (state: "succeeded" | "failed", changed: object) => {
    const { operation } = newest();
    const failuresInRow = state === "failed" ? 1 : 0;
    if (operation === null) throw new Error("no operation was started");
    hub.change({
      ...newest(),
      operation: { ...operation, state, failuresInRow, endedSecondsAgo: 3 },
      ...changed,
    });
  };
  const started = (times: number) =>
    hub.until(() => hub.activities().filter((each) => each === `${path}/operations`).length === times);
  hub.change(environmentFacts("e-1"));
  await started(1);
  await begun();
  end("failed", { state: "creating" });
  await hub.until(() => hub.reads(path) > 1);
  const { operation } = newest();
  hub.change({ ...newest(), operation: operation && { ...operation, endedSecondsAgo: 6 } });
  await started(2);
  end("succeeded", { state: "ready", appliedGeneration: 1, expiresInSeconds: 100 });
  await hub.until(() => hub.state.outbox.length === 0);
  hub.change({ ...newest(), expiresInSeconds: 0 });
  await started(3);
  end("succeeded", { state: "deleted" });
}

/** Planned at the third try, another worker, cancelled. */
async function liveTroubledRun({ hub, begun, restartWorker }: Stage): Promise<void> {
  let failures = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/plan") || failures === 2) return null;
    failures += 1;
    return problem(500, "internal");
  });
  hub.need("r-2", { plan: true }, "run.created");
  await hub.until(() => hub.state.runs.get("r-2")?.plan === false);
  await begun();
  await restartWorker();
  hub.need("r-2", { split: ["0"] }, "suite.listed");
  await hub.until(() => hub.state.runs.get("r-2")?.split.length === 0);
  hub.need("r-2", { settle: true, isOver: true }, "run.cancel_requested");
  await hub.until(() => hub.state.runs.get("r-2")?.settle === false);
}

async function liveLongRun({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  for (let suite = 0; suite < 12; suite += 1) {
    hub.need("r-3", { split: [String(suite)] }, "suite.listed");
    await hub.until(() => hub.state.runs.get("r-3")?.split.length === 0);
    if (suite === 0) await begun();
  }
  hub.need("r-3", { settle: true, isOver: true });
  await hub.until(() => hub.state.runs.get("r-3")?.settle === false);
}

async function liveLongEnvironment({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  const ready = { state: "ready" as const, appliedGeneration: 1 };
  for (let look = 0; look < 12; look += 1) {
    const reads = hub.reads("/worker/v1/environments/e-3");
    hub.change(environmentFacts("e-3", { ...ready, expiresInSeconds: 5_000 + look }));
    await hub.until(() => hub.reads("/worker/v1/environments/e-3") > reads);
    if (look === 0) await begun();
  }
  hub.change(environmentFacts("e-3", { ...ready, state: "deleted" }));
}

/** Told to Temporal at the second try, waiting for a run, fired twice. */
async function liveSchedule({ hub, begun }: Stage): Promise<void> {
  let failures = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/applied") || failures === 1) return null;
    failures += 1;
    return problem(503, "unavailable");
  });
  hub.schedule("s-1", {}, { waiting: true });
  await hub.until(() => hub.state.schedules.get("s-1")?.applied !== null);
  await begun();
  const due = ["2026-03-02T01:00:00.000Z", "2026-03-02T02:00:00.000Z"];
  hub.schedule("s-1", {}, { due, kind: "schedule.run_over" });
  await hub.until(() => hub.fired("s-1").length === 2);
}

async function liveLongSchedule({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  const path = "/worker/v1/schedules/s-3";
  for (let look = 0; look < 12; look += 1) {
    const reads = hub.reads(path);
    hub.schedule("s-3", { generation: look + 1 }, { waiting: true });
    await hub.until(() => hub.reads(path) > reads);
    if (look === 0) await begun();
  }
  hub.schedule("s-3", { generation: 20, deleted: true });
}

/** Fired after the hub failed inside, and then refused so many times. */
async function liveFiring({ hub, link, begun }: Stage, id: string, refusals: number): Promise<void> {
  let calls = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith(`${id}/fire`)) return null;
    calls += 1;
    if (calls === 1) return problem(500, "internal");
    return calls <= refusals + 1 ? problem(409, "conflict") : null;
  });
  hub.schedule(id, { cron: "0 * * * *" });
  await hub.until(() => hub.state.schedules.get(id)?.applied !== null);
  const [start, end] = [new Date("2026-03-02T00:30:00Z"), new Date("2026-03-02T01:30:00Z")];
  const schedule = link.client.schedule.getHandle(`schedule/${id}`);
  await schedule.backfill({ start, end, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
  await hub.until(() => calls > 0);
  await begun();
  await hub.until(() => calls === refusals + 2);
  await schedule.delete();
}
