import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { connectTemporal } from "@seatrial/workflows/temporal/connect-temporal.ts";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { createPayloadCodec } from "@seatrial/workflows/temporal/payload-codec.ts";
import { startTestingHub } from "@seatrial/workflows/testing-hub.ts";
import proto from "@temporalio/proto";
import { expect, test } from "vitest";
import { openTemporal } from "../../support/temporal-server.ts";
import { startTestWorker, testPayloadKey } from "../../support/test-worker.ts";

type Payload = { metadata?: Record<string, Uint8Array> | null; data?: Uint8Array | null };

/** Every payload in a history, wherever it is. */
function payloadsIn(value: unknown, found: Payload[] = []): Payload[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return found;
  if ("metadata" in value && "data" in value) found.push(value as Payload);
  else for (const each of Object.values(value)) payloadsIn(each, found);
  return found;
}

test("Temporal keeps no plain text of the hub's answers and errors, and the key shows that they are there", async () => {
  const temporal = await openTemporal({ onFile: true });
  const hub = await startTestingHub();
  const canaries = ["canary-in-an-answer", "canary-in-an-error", "canary-in-an-argument"];
  hub.answerWith(async (call) => {
    if (!call.path.endsWith("/settle")) return null;
    const detail = canaries[1];
    const body = { type: "https://seatrial.dev/problems/conflict", title: "x", status: 409 };
    return { status: 409, body: { ...body, code: "conflict", detail, requestId: "q" } };
  });
  hub.need(
    "canary-in-an-argument",
    { plan: true, settle: true, split: ["canary-in-an-answer"] },
    "run.created",
  );
  const worker = await startTestWorker(temporal, hub);
  try {
    await hub.until(() => hub.activities().some((path) => path.endsWith("/settle")));
    await worker.stop();
    const { client, connection } = await connectTemporal(
      temporal.place("unused"),
      createDataConverter([testPayloadKey]),
      silentLogger,
    );
    // The business id is the key of its history: it is meant to be read.
    const handle = client.workflow.getHandle("run/canary-in-an-argument");
    const history = await handle.fetchHistory();
    await connection.close();
    const raw = Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()).toString(
      "latin1",
    );
    const withoutIds = raw.replaceAll("run/canary-in-an-argument", "");
    for (const canary of canaries) expect(withoutIds).not.toContain(canary);
    const decoded = await createPayloadCodec([testPayloadKey]).decode(payloadsIn(history));
    const plain = decoded.map(({ data }) => Buffer.from(data ?? []).toString()).join("\n");
    for (const canary of canaries) expect(plain).toContain(canary);

    const files = (await readdir(temporal.folder)).filter((name) => name.startsWith("temporal.db"));
    const stored = await Promise.all(files.map((name) => readFile(join(temporal.folder, name), "latin1")));
    const all = stored.join("").replaceAll("run/canary-in-an-argument", "");
    expect(all).toContain("binary/encrypted");
    for (const canary of canaries.slice(0, 2)) expect(all).not.toContain(canary);
  } finally {
    await worker.stop().catch(() => undefined);
    await hub.close();
    await temporal.stop();
  }
});
