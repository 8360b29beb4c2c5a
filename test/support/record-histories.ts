import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { connectTemporal } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { toPayloadKey } from "@seatrial/workflows/temporal/payload-codec.ts";
import {
  environmentFacts,
  problem,
  startTestingHub,
  type TestingHub,
} from "@seatrial/workflows/testing-hub.ts";
import proto from "@temporalio/proto";
import { openTemporal } from "./temporal-server.ts";
import { patientPace, startTestWorker } from "./test-worker.ts";

/** Temporal's own message, in its binary form. */
export const { History } = proto.temporal.api.history.v1;

/** Encrypts nothing but recorded tests, so that anybody can replay them. */
export const fixtureKey = toPayloadKey(Buffer.alloc(32, 7));
export const historiesFolder = join(import.meta.dirname, "../fixtures/histories");

/**
 * Records the life of a run and of an environment with the code as it is now. To be run by hand when the workflows
 * learn something new; the older recordings stay, because running workflows replay them: `node test/support/record-histories.ts <name>`.
 */
async function record(name: string): Promise<void> {
  const temporal = await openTemporal();
  const hub = await startTestingHub();
  const pace = { ...patientPace, firstSeconds: 2, longestSeconds: 4 };
  const worker = await startTestWorker(temporal, hub, { payloadKeys: [fixtureKey], pace });
  const { client, connection } = await connectTemporal(
    temporal.place("unused"),
    createDataConverter([fixtureKey]),
    silentLogger,
  );
  await mkdir(historiesFolder, { recursive: true });
  const lives = { "run/r-1": liveRun, "environment/e-1": liveEnvironment };
  for (const [id, live] of Object.entries(lives)) {
    // A late signal starts another execution under the same id: the first one is wanted.
    let runId = "";
    await live(hub, async () => {
      runId = (await client.workflow.getHandle(id).describe()).runId;
    });
    const handle = client.workflow.getHandle(id, runId);
    await handle.result();
    const file = join(historiesFolder, `${id.replace("/", "-")}.${name}.history`);
    await writeFile(file, History.encode(await handle.fetchHistory()).finish());
    console.log(file);
  }
  await worker.stop();
  await connection.close();
  await hub.close();
  await temporal.stop();
}

/** Planned, refused once, split, left alone for a fall-back, settled. */
async function liveRun(hub: TestingHub, begun: () => Promise<void>): Promise<void> {
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
async function liveEnvironment(hub: TestingHub, begun: () => Promise<void>): Promise<void> {
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

if (process.argv[1] === import.meta.filename) await record(process.argv[2] ?? "recorded");
