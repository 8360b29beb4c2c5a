import { z } from "zod";
import { SeatrialError } from "../errors.ts";
import { pageSchema } from "../http/page.ts";
import { placementPageSchema } from "../placement/placement.ts";
import { projectSchema } from "../projects/project.ts";
import { artifactSchema } from "../runs/artifact.ts";
import { comparisonSchema } from "../runs/comparison.ts";
import { type LogChunk, logChunkSchema } from "../runs/log.ts";
import { type ResultOutcome, runResultSchema } from "../runs/result.ts";
import { type CreateRunInput, runSchema, shardSchema } from "../runs/run.ts";
import { type RunEvent, runEventSchema } from "../runs/run-event.ts";
import { environmentCalls } from "./environment-calls.ts";
import { type FollowOptions, followStream } from "./follow-stream.ts";
import { pullRequestCalls } from "./pull-request-calls.ts";
import { type PageQuery, readPages } from "./read-pages.ts";
import { scheduleCalls } from "./schedule-calls.ts";
import { type ClientOptions, type RequestBody, sendForJson, sendRequest } from "./send-request.ts";

export type ProjectClient = ReturnType<typeof createProjectClient>;

const shardsSchema = z.object({ items: z.array(shardSchema) });

export type RunFilter = PageQuery & { state?: string; idPrefix?: string };
export type ResultFilter = PageQuery & { outcome?: ResultOutcome; suite?: string; flaky?: string };
export type ComparisonFilter = PageQuery & { suite?: string; with?: string; all?: string };
export type LogFilter = PageQuery & { suite?: string; shard?: number };

/** The part of the API that belongs to one project; see createHubClient for errors. */
export function createProjectClient(options: ClientOptions, project: string) {
  const base = `/v1/projects/${encodeURIComponent(project)}`;
  const at = (run: string) => `${base}/runs/${encodeURIComponent(run)}`;
  const content = (sha256: string) => `${base}/contents/${encodeURIComponent(sha256)}`;
  return {
    ...environmentCalls(options, base),
    ...scheduleCalls(options, base),
    ...pullRequestCalls(options, base),
    /** The project itself. Throws `not_found` when there is none that this token may see. */
    async get() {
      const read = (query: PageQuery) =>
        sendForJson(options, "/v1/projects", pageSchema(projectSchema), { query });
      for await (const found of readPages(read)) if (found.name === project) return found;
      throw new SeatrialError("not_found", `There is no project "${project}" that this token may see.`);
    },

    /** True when the hub has this content already. */
    async hasContent(sha256: string): Promise<boolean> {
      try {
        await sendRequest(options, content(sha256), { method: "HEAD" });
        return true;
      } catch (error) {
        if (error instanceof SeatrialError && error.code === "not_found") return false;
        throw error;
      }
    },
    /** Uploads a gzipped tar; the hub refuses one whose digest is another. Not limited in time. */
    async uploadContent(sha256: string, body: RequestBody): Promise<void> {
      const headers = { "content-type": "application/gzip" };
      await sendRequest(options, content(sha256), { method: "PUT", body, headers, seconds: null });
    },

    createRun: (run: CreateRunInput) =>
      sendForJson(options, `${base}/runs`, runSchema, { method: "POST", json: run }),
    listRuns: (query: RunFilter = {}) =>
      sendForJson(options, `${base}/runs`, pageSchema(runSchema), { query }),
    getRun: (run: string) => sendForJson(options, at(run), runSchema),
    cancelRun: (run: string) =>
      sendForJson(options, `${at(run)}/cancel`, runSchema, { method: "POST", json: {} }),
    /** Runs the same suites again; with `failed`, only the cases that were red. */
    rerunRun: (run: string, rerun: { failed: boolean }) =>
      sendForJson(options, `${at(run)}/rerun`, runSchema, { method: "POST", json: rerun }),

    listShards: async (run: string) => (await sendForJson(options, `${at(run)}/shards`, shardsSchema)).items,
    /** Why each shard is where it is, or why it waits; of a run without any, why its environment does. */
    listPlacement: (run: string, query: PageQuery = {}) =>
      sendForJson(options, `${at(run)}/placement`, placementPageSchema, { query }),
    listResults: (run: string, query: ResultFilter = {}) =>
      sendForJson(options, `${at(run)}/results`, pageSchema(runResultSchema), { query }),
    /** Where outcomes differ between the places of a run; `with`: between it and another run. */
    compareRun: (run: string, query: ComparisonFilter = {}) =>
      sendForJson(options, `${at(run)}/comparison`, comparisonSchema, { query }),
    listLogs: (run: string, query: LogFilter = {}) =>
      sendForJson(options, `${at(run)}/logs`, pageSchema(logChunkSchema), { query }),
    listArtifacts: (run: string, query: PageQuery = {}) =>
      sendForJson(options, `${at(run)}/artifacts`, pageSchema(artifactSchema), { query }),
    /** An artifact's bytes as they come. Untrusted: whatever the tests wrote. */
    async downloadArtifact(run: string, artifact: string): Promise<ReadableStream<Uint8Array>> {
      const path = `${at(run)}/artifacts/${encodeURIComponent(artifact)}/download`;
      const response = await sendRequest(options, path, { headers: { accept: "*/*" }, seconds: null });
      return response.body ?? new Blob([]).stream();
    },

    /** A run's events from its first (or after `lastEventId`), as they happen, across lost connections; ends with the run. */
    async *followEvents(run: string, follow: FollowOptions): AsyncGenerator<RunEvent> {
      for await (const message of followStream(options, `${at(run)}/events`, follow)) {
        const event = parseMessage(message.data, runEventSchema);
        if (event) yield event;
        if (event?.type === "run.finished") return;
      }
    },
    /** A run's console output as it comes, across lost connections; ends when the run is over and all was said. */
    async *followLogs(run: string, follow: FollowOptions): AsyncGenerator<LogChunk> {
      for await (const message of followStream(options, `${at(run)}/logs/stream`, follow)) {
        if (message.event === "end") return;
        const chunk = parseMessage(message.data, logChunkSchema);
        if (chunk) yield chunk;
      }
    },
  };
}

/** A message of a later version that this one does not know is passed over. */
function parseMessage<Value>(data: string, schema: z.ZodType<Value>): Value | null {
  try {
    return schema.safeParse(JSON.parse(data)).data ?? null;
  } catch {
    return null;
  }
}
