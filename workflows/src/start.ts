import { readFileSync } from "node:fs";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { pino } from "pino";
import { Agent, fetch as undiciFetch } from "undici";
import type { WorkerConfig } from "./config.ts";
import { createWorker, type Worker } from "./create-worker.ts";

/**
 * Starts the worker with the machine's clock and network. Resolves once it runs, also while Temporal does not answer
 * yet; `stop` ends it cleanly.
 */
export async function start(config: WorkerConfig): Promise<Pick<Worker, "stop">> {
  const logger = pino({ level: config.logLevel, name: "worker" });
  const agent = new Agent({
    connect: config.caFile === null ? {} : { ca: readFileSync(config.caFile, "utf8") },
  });
  // undici's own types differ from the global ones in name only.
  const hubFetch = ((input: URL, init?: object) =>
    undiciFetch(input, { ...init, dispatcher: agent })) as typeof fetch;
  const { hubUrl, token, temporal, payloadKeys, cacheFolder, github, registry } = config;
  const worker = createWorker(
    { fetch: hubFetch, clock: systemClock, logger },
    { hubUrl, token, temporal, payloadKeys, cacheFolder, github, registry },
  );
  worker.start();
  logger.info({ hub: hubUrl, temporal: temporal.address }, "worker started");
  return {
    async stop() {
      await worker.stop();
      await agent.close();
    },
  };
}
