import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import { createHubClient, type HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { ensureTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { openTemporal } from "../../support/temporal-server.ts";

const run = promisify(execFile);
const bundler = join(import.meta.dirname, "../../../infra/bundle/bundle.mjs");

export type BundledHub = {
  url: string;
  caPem: string;
  client: HubClient;
  hubPid: number;
  workerPid: number;
  temporalPid: () => number;
  stop: () => Promise<void>;
};

/** Hub and worker as production runs them: one bundled file each, own processes, on a Postgres server, over TLS. */
export async function startBundledHub(options: {
  folder: string;
  databaseUrl: string;
  host: string;
  port: number;
  /** More flags of Node for both, such as those that make profiles. */
  nodeFlags?: string[];
  /** More of their configuration. */
  hubEnvironment?: Readonly<Record<string, string>>;
  workerEnvironment?: Readonly<Record<string, string>>;
}): Promise<BundledHub> {
  const { folder, host, port } = options;
  const { stdout } = await run(process.execPath, [bundler, "--folder", folder, "hub", "worker"]);
  const [hubFile = "", workerFile = ""] = stdout.trim().split("\n");
  const tls = await ensureTls(join(folder, "tls"), [host, "localhost"], new Date());
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, tls.caCertificate);
  const tokens = { admin: randomBytes(24).toString("hex"), worker: randomBytes(24).toString("hex") };
  const url = `https://${host}:${port}`;
  const base = { NODE_ENV: "production", SEATRIAL_LOG_LEVEL: "error", SEATRIAL_WORKER_TOKEN: tokens.worker };
  const nodeFlags = options.nodeFlags ?? [];
  const hub = launch(nodeFlags, hubFile, {
    ...base,
    SEATRIAL_DATABASE_URL: options.databaseUrl,
    SEATRIAL_DATA_FOLDER: folder,
    SEATRIAL_HOST: "0.0.0.0",
    SEATRIAL_PORT: String(port),
    SEATRIAL_PUBLIC_URLS: url,
    SEATRIAL_ADMIN_TOKEN: tokens.admin,
    SEATRIAL_TLS_CERTIFICATE_FILE: join(folder, "tls/server.crt"),
    SEATRIAL_TLS_KEY_FILE: join(folder, "tls/server.key"),
    ...options.hubEnvironment,
  });
  const client = createHubClient({
    hubUrl: url,
    token: tokens.admin,
    fetch: createHubFetch(tls.caCertificate),
  });
  await untilHealthy(client, hub);
  const temporal = await openTemporal({ onFile: true });
  const worker = launch(nodeFlags, workerFile, {
    ...base,
    SEATRIAL_HUB_URL: url,
    SEATRIAL_HUB_CA_FILE: caFile,
    SEATRIAL_TEMPORAL_ADDRESS: temporal.address,
    SEATRIAL_TEMPORAL_PAYLOAD_KEY: randomBytes(32).toString("base64"),
    ...options.workerEnvironment,
  });
  return {
    url,
    caPem: tls.caCertificate,
    client,
    hubPid: hub.pid ?? 0,
    workerPid: worker.pid ?? 0,
    temporalPid: temporal.pid,
    async stop() {
      await Promise.all([worker, hub].map(end));
      await temporal.stop();
    },
  };
}

function launch(nodeFlags: string[], file: string, env: Record<string, string>): ChildProcess {
  // As in infra/images/Dockerfile.hub.
  const flags = ["--max-semi-space-size=4"];
  return spawn(process.execPath, [...flags, ...nodeFlags, file], {
    env: { MALLOC_ARENA_MAX: "2", ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function untilHealthy(client: HubClient, hub: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (hub.exitCode !== null) throw new Error(`the bundled hub ended with code ${hub.exitCode}`);
    const isUp = await client.health().then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the bundled hub did not answer within 20 s");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Resident memory of a process in MiB, from the kernel's own account. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no resident memory: has it ended?`);
  return Number(kib) / 1_024;
}
