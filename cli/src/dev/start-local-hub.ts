import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { defaultHubConfig, type HubConfig } from "@seatrial/hub/config.ts";
import { startHub } from "@seatrial/hub/start.ts";
import { ensureTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import type { ReportStep } from "@seatrial/toolchain/tool-step.ts";
import type { ForgeConfig } from "@seatrial/workflows/config.ts";
import type { Worker } from "@seatrial/workflows/create-worker.ts";
import { pino } from "pino";
import { createHubFetch } from "../connection/hub-fetch.ts";
import { startTemporalServer, type TemporalServer } from "../temporal/temporal-server.ts";

export type LocalHubOptions = {
  /** Database, blobs and TLS files live here and survive. */
  folder: string;
  port: number;
  /** Names and addresses besides localhost that agents and people use; the first is the usual public one. */
  hosts?: readonly string[];
  /** A lasting admin token; without it, a new one at each start. */
  adminToken?: string;
  /** Preset images, lease times, a database by URL and what else differs from the hub's defaults. */
  overrides?: Partial<HubConfig>;
  /** How the worker reaches GitHub and registries; without it, no GitHub and public registries only. */
  forge?: Partial<ForgeConfig>;
  /** Told when Temporal's program has to be got first. */
  report?: ReportStep;
};

export type LocalHub = {
  /** The usual public address: what agents are configured with. */
  url: string;
  caPem: string;
  adminToken: string;
  temporal: { address: string; pid: () => number };
  timings: { databaseMs: number; readyMs: number; temporalMs: number; workerMs: number };
  stop: () => Promise<void>;
};

/**
 * Hub and worker in this process, over TLS with an authority of their own, on PGlite unless told otherwise, and
 * Temporal's development server as a child that dies with it.
 */
export async function startLocalHub(options: LocalHubOptions): Promise<LocalHub> {
  const hosts = [...(options.hosts ?? []), "localhost", "127.0.0.1"];
  const tls = await ensureTls(join(options.folder, "tls"), hosts, new Date());
  const tokens = { admin: options.adminToken ?? newSecret("sta"), worker: newSecret("stw") };
  const urls = hosts.map((host) => `https://${isIP(host) === 6 ? `[${host}]` : host}:${options.port}`);
  const hub = await startHub({
    ...defaultHubConfig(),
    dataFolder: options.folder,
    host: options.hosts?.length ? "0.0.0.0" : "127.0.0.1",
    port: options.port,
    publicUrls: urls,
    adminToken: tokens.admin,
    workerToken: tokens.worker,
    tls,
    logLevel: "error",
    ...options.overrides,
  });
  const closers = [hub.stop];
  try {
    const temporal = await timed(() => openTemporal(options));
    closers.unshift(temporal.made.stop);
    const hubUrl = `https://localhost:${options.port}`;
    const hubAccess = { hubUrl, token: tokens.worker, fetch: createHubFetch(tls.caCertificate) };
    const worker = await timed(() => openWorker(options, temporal.made, hubAccess));
    closers.unshift(worker.made.stop);
    return {
      url: urls[0] ?? hub.url,
      caPem: tls.caCertificate,
      adminToken: tokens.admin,
      temporal: temporal.made,
      timings: { ...hub.timings, temporalMs: temporal.milliseconds, workerMs: worker.milliseconds },
      stop: () => inOrder(closers),
    };
  } catch (error) {
    await inOrder(closers);
    throw error;
  }
}

async function openTemporal({ folder, report }: LocalHubOptions): Promise<TemporalServer> {
  const { path: program } = await findTool("temporal", report ? { report } : {});
  const [databaseFile, logFile] = [join(folder, "temporal.db"), join(folder, "temporal.log")];
  return startTemporalServer({ program, databaseFile, logFile });
}

async function openWorker(
  { folder, forge = {} }: LocalHubOptions,
  temporal: TemporalServer,
  { hubUrl, token, fetch: hubFetch }: { hubUrl: string; token: string; fetch: typeof fetch },
): Promise<Worker> {
  // Loaded here: Temporal's SDK is large, and the hub may start without it.
  const { createWorker } = await import("@seatrial/workflows/create-worker.ts");
  const { workerCacheFolder } = await import("@seatrial/workflows/config.ts");
  const { keepPayloadKey } = await import("../temporal/payload-key-file.ts");
  const worker = createWorker(
    { fetch: hubFetch, clock: systemClock, logger: pino({ level: "error" }) },
    {
      hubUrl,
      token,
      temporal: {
        ...{ address: temporal.address, namespace: "default", taskQueue: "seatrial" },
        ...{ tls: null, apiKey: null },
      },
      payloadKeys: await keepPayloadKey(join(folder, "temporal-payload.key")),
      cacheFolder: workerCacheFolder(),
      ...forge,
    },
  );
  worker.start();
  await worker.ready();
  return worker;
}

async function timed<Made>(make: () => Promise<Made>): Promise<{ made: Made; milliseconds: number }> {
  const begin = performance.now();
  return { made: await make(), milliseconds: Math.round(performance.now() - begin) };
}

/** One that fails keeps none of the others from being closed. Throws what failed. */
async function inOrder(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "the hub did not stop cleanly");
}

/** The hub keeps digests only, so a secret of an earlier start could not be shown again. */
function newSecret(kind: "sta" | "stw"): string {
  return `${kind}_${randomBytes(24).toString("base64url")}`;
}
