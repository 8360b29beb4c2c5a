import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import { defaultHubConfig, type HubConfig } from "@seatrial/hub/config.ts";
import { startHub } from "@seatrial/hub/start.ts";
import { ensureTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { createWorker } from "@seatrial/workflows/create-worker.ts";
import { pino } from "pino";
import { createHubFetch } from "../connection/hub-fetch.ts";

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
};

export type LocalHub = {
  /** The usual public address: what agents are configured with. */
  url: string;
  caPem: string;
  adminToken: string;
  timings: { databaseMs: number; readyMs: number };
  stop: () => Promise<void>;
};

/** Hub and worker in this process, over TLS with an authority of their own, on PGlite unless told otherwise. */
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
  const workerDeps = {
    fetch: createHubFetch(tls.caCertificate),
    clock: systemClock,
    logger: pino({ level: "error" }),
  };
  const worker = createWorker(workerDeps, {
    hubUrl: `https://localhost:${options.port}`,
    token: tokens.worker,
  });
  worker.start();
  return {
    url: urls[0] ?? hub.url,
    caPem: tls.caCertificate,
    adminToken: tokens.admin,
    timings: hub.timings,
    async stop() {
      await worker.stop();
      await hub.stop();
    },
  };
}

/** The hub keeps digests only, so a secret of an earlier start could not be shown again. */
function newSecret(kind: "sta" | "stw"): string {
  return `${kind}_${randomBytes(24).toString("base64url")}`;
}
