import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import type { Worker } from "@seatrial/workflows/create-worker.ts";
import { connectTemporal, type TemporalLink } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { toPayloadKey } from "@seatrial/workflows/temporal/payload-codec.ts";
import { startTestingHub } from "@seatrial/workflows/testing-hub.ts";
import proto from "@temporalio/proto";
import { type Life, longLives, shortLives } from "./recorded-lives.ts";
import { openTemporal } from "./temporal-server.ts";
import { patientPace, startTestWorker } from "./test-worker.ts";

/** Temporal's own message, in its binary form. */
export const { History } = proto.temporal.api.history.v1;

/** Encrypts nothing but recorded tests, so that anybody can replay them. */
export const fixtureKey = toPayloadKey(Buffer.alloc(32, 7));
export const historiesFolder = join(import.meta.dirname, "../fixtures/histories");

/** So short that a workflow goes on as a new execution within a recording. */
const shortHistory = { "limit.historyCount.suggestContinueAsNew": 40 };

/**
 * Records lives of every workflow with the code as it is now. To be run by hand when a workflow learns something new;
 * the older recordings stay, because running workflows replay them: `node test/support/record-histories.ts <name>
 * [<start of an id>]`.
 */
async function record(name: string, only: string): Promise<void> {
  await mkdir(historiesFolder, { recursive: true });
  await recordLives(shortLives, {}, name, only);
  await recordLives(longLives, shortHistory, name, only);
}

async function recordLives(
  lives: Record<string, Life>,
  dynamicValues: Record<string, number>,
  name: string,
  only: string,
): Promise<void> {
  const temporal = await openTemporal({ dynamicValues });
  const hub = await startTestingHub();
  const pace = { ...patientPace, firstSeconds: 2, longestSeconds: 4 };
  const start = (): Promise<Worker> =>
    startTestWorker(temporal, hub, { taskQueue: "recording", payloadKeys: [fixtureKey], pace });
  let worker = await start();
  const converter = createDataConverter([fixtureKey]);
  const link = await connectTemporal(temporal.place("unused"), converter, silentLogger);
  for (const [id, live] of Object.entries(lives)) {
    if (!id.startsWith(only)) continue;
    // A late signal starts another execution under the same id: the first one is wanted.
    let runId = "";
    await live({
      hub,
      link,
      begun: async () => {
        runId = (await link.client.workflow.getHandle(id).describe()).runId;
      },
      async restartWorker() {
        await worker.stop();
        worker = await start();
      },
    });
    await link.client.workflow.getHandle(id, runId).result();
    const file = id.replace("/", "-").replaceAll(":", "");
    await save(link, id, runId, join(historiesFolder, `${file}.${name}`));
  }
  await worker.stop();
  await link.connection.close();
  await hub.close();
  await temporal.stop();
}

type HistoryMessage = proto.temporal.api.history.v1.IHistory;

/** An execution, and those that it went on as. */
async function save({ client }: TemporalLink, id: string, firstRunId: string, file: string): Promise<void> {
  for (let runId: string | null = firstRunId, part = 1; runId !== null && part < 4; part += 1) {
    const history: HistoryMessage = await client.workflow
      .getHandle(id, runId, { followRuns: false })
      .fetchHistory();
    const path = `${file}${part === 1 ? "" : `-${part}`}.history`;
    await writeFile(path, History.encode(history).finish());
    console.log(path);
    const last = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = last?.newExecutionRunId ?? null;
  }
}

if (process.argv[1] === import.meta.filename)
  await record(process.argv[2] ?? "recorded", process.argv[3] ?? "");
