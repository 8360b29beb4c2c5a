import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { newId } from "@seatrial/contracts/ids.ts";
import type { ResultOutcome } from "@seatrial/contracts/runs/result.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { attempts, logChunks, results, runSuites, runs, shards } from "@seatrial/hub/database/schema/runs.ts";
import { transact } from "@seatrial/hub/database/transact.ts";
import { appendEvents, systemActor } from "@seatrial/hub/events/append-events.ts";
import { logChannel, runChannel } from "@seatrial/hub/notifications/channels.ts";
import { eq } from "drizzle-orm";
import { type Header, pack } from "tar-stream";
import type { TestHub } from "./test-hub.ts";

/** A suite that runs an image and needs no files. */
export function imageSuite(name = "smoke", extra: Partial<SuiteSpecInput> = {}): SuiteSpecInput {
  return { name, tool: null, image: "busybox:1", command: ["true"], ...extra };
}

export type EntrySpec = Partial<Header> & { name: string; text?: string };

/** A gzip tar of these entries; a text is the content of a file. */
export async function archiveOf(entries: readonly EntrySpec[]): Promise<Uint8Array> {
  const tar = pack();
  // The same entries are the same bytes, also in another second.
  for (const { text, ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, text ?? "");
  tar.finalize();
  return new Uint8Array(gzipSync(await buffer(tar as unknown as AsyncIterable<Uint8Array>)));
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A project with a token of each kind. */
export async function createProject(hub: TestHub, name: string) {
  await hub.json("POST", "/v1/projects", { body: { name } });
  const token = async (scopes: string[], expiresInSeconds = 3_600) => {
    const body = { name: scopes.join(" "), scopes, expiresInSeconds };
    return hub.json<{ id: string; secret: string }>("POST", `/v1/projects/${name}/tokens`, { body });
  };
  const run = await token(["read", "run"]);
  return { name, path: `/v1/projects/${name}`, token, runToken: run.secret };
}

export async function startRun(
  hub: TestHub,
  project: string,
  body: Record<string, unknown> = {},
): Promise<Run> {
  return hub.json<Run>("POST", `/v1/projects/${project}/runs`, { body: { suites: [imageSuite()], ...body } });
}

/** The code and status of a problem. */
export async function problemOf(answer: Response): Promise<{ status: number; code: string; detail: string }> {
  const { status, code, detail } = (await answer.json()) as { status: number; code: string; detail: string };
  return { status, code, detail };
}

export type ReceivedEvent = { id?: string; event?: string; data?: unknown };

/** The events of an answer as they come, parsed by the rules of server-sent events. */
export async function* readEvents(answer: Response): AsyncGenerator<ReceivedEvent> {
  let text = "";
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = parseEvent(text.slice(0, end));
      text = text.slice(end + 2);
      if (event.event !== undefined) yield event;
    }
  }
}

function parseEvent(block: string): ReceivedEvent {
  const fields = block
    .split("\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  const { data, ...event } = Object.fromEntries(fields) as Record<string, string>;
  return { ...event, ...(data === undefined ? {} : { data: JSON.parse(data) }) };
}

/** Rows as the lease protocol leaves them: one test shard of the run's first suite, with attempts and their results. */
export async function addShard(
  hub: TestHub,
  run: Run,
  index: number,
  attemptResults: readonly Record<string, ResultOutcome>[],
): Promise<string[]> {
  const { database } = hub.deps;
  const [suite] = await database.select().from(runSuites).where(eq(runSuites.runId, run.id));
  if (suite === undefined) throw new Error("the run has no suite");
  const common = { runId: run.id, projectId: suite.projectId };
  const at = hub.clock.now();
  const shardId = newId("shard");
  const shard = {
    id: shardId,
    suiteId: suite.id,
    kind: "test" as const,
    index,
    count: 2,
    state: "passed" as const,
  };
  await database.insert(shards).values({ ...common, ...shard, createdAt: at });
  const ids: string[] = [];
  for (const [position, cases] of attemptResults.entries()) {
    const id = newId("attempt");
    ids.push(id);
    // A retry runs the red cases alone.
    const casesBlobKey =
      position === 0 ? null : `cases/${suite.projectId}/${shardId}/attempt-${position + 1}.json`;
    await database
      .insert(attempts)
      .values({ ...common, id, shardId, number: position + 1, state: "passed", createdAt: at, casesBlobKey });
    const rows = Object.entries(cases).map(([name, outcome]) => {
      return {
        ...common,
        attemptId: id,
        case: name,
        outcome,
        milliseconds: 1_500,
        source: "junit:report.xml",
      };
    });
    if (rows.length > 0) await database.insert(results).values(rows);
  }
  return ids;
}

/** Console output as the log intake stores it. */
export async function addLog(
  hub: TestHub,
  run: Run,
  attemptId: string,
  chunk: { offset: number; text: string; gap?: string },
): Promise<void> {
  const [attempt] = await hub.deps.database.select().from(attempts).where(eq(attempts.id, attemptId));
  const bytes = Buffer.byteLength(chunk.text);
  const row = { attemptId, runId: run.id, projectId: attempt?.projectId ?? "", gap: null, bytes, ...chunk };
  await hub.deps.database.insert(logChunks).values(row);
  await hub.deps.database
    .update(attempts)
    .set({ logBytes: chunk.offset + bytes })
    .where(eq(attempts.id, attemptId));
  hub.deps.notifications.notify(logChannel(run.id));
}

/** Ends a run as `settle` does. */
export async function finishRun(hub: TestHub, run: Run, state: "passed" | "failed"): Promise<void> {
  const at = hub.clock.now();
  await transact(hub.deps, async (tx, wake) => {
    const [row] = await tx.update(runs).set({ state, finishedAt: at }).where(eq(runs.id, run.id)).returning();
    const origin = { runId: run.id, projectId: row?.projectId ?? "", at, actor: systemActor };
    await appendEvents(tx, origin, [{ type: "run.finished", data: { state, reason: null } }]);
    wake(runChannel(run.id));
  });
}
