import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import { loadOwnImage } from "@seatrial/cli/lab/load-own-image.ts";
import { createHubClient, type HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { ensureTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { bridgeAddress } from "@seatrial/lab/state/cluster-plan.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { searchPath } from "./config.ts";
import { createNode, insideNetwork, makeAgent, makeProvisioner, type Setting } from "./join-members.ts";
import { type ManagedProcess, manageProcess } from "./managed-process.ts";
import { makeSpool, type SmallDisk } from "./small-disk.ts";

/** Every part of Seatrial as a process of its own, so that each can be killed: on real clusters, Temporal and Postgres. */
export type World = {
  folder: string;
  clusters: string[];
  client: HubClient;
  project: ProjectClient;
  /** The image that the template's `busybox` becomes. */
  image: string;
  /** The image that tests run in, where there are agents. */
  testImage: string;
  hub: ManagedProcess;
  worker: ManagedProcess;
  temporal: ManagedProcess;
  postgres: PostgresServer;
  provisioners: Map<string, ManagedProcess>;
  /** By cluster; empty without `agents`. */
  agents: Map<string, ManagedProcess>;
  /** The disk that holds an agent's spool, by cluster. */
  spools: Map<string, SmallDisk>;
  close: () => Promise<void>;
};

export type WorldOptions = {
  clusters: number;
  say: (line: string) => void;
  logLevel?: "info" | "debug";
  /**
   * Agents too, with this many slots each. Agents and provisioners are in their cluster's network then, so that a cut
   * link cuts them off from the hub.
   */
  agents?: { slots: number };
  /** What hub and worker are told besides, such as how to reach a forge. */
  env?: { hub: Record<string, string>; worker: Record<string, string> };
};

const root = join(import.meta.dirname, "../..");

export async function startWorld(options: WorldOptions): Promise<World> {
  await labDown();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-faults-"));
  const lab = await labUp({ clusters: options.clusters, driver: "native" });
  const clusters = lab.clusters.map(({ name }) => name);
  const { reference: image } = await labLoadBuiltin("busybox");
  const postgres = await startPostgres();
  const core = await planCore(folder, postgres, options);
  const { temporal, hub, worker, setting } = core;
  const all: ManagedProcess[] = [temporal, hub, worker];
  const spools = new Map<string, SmallDisk>();
  const close = async () => {
    for (const one of all.toReversed()) await one.end();
    for (const spool of spools.values()) await spool.close();
    await postgres.stop();
    await labDown();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    temporal.start();
    hub.start();
    await untilUp(() => setting.client.health());
    worker.start();
    await setting.client.createProject({ name: "faults" });
    const provisioners = new Map<string, ManagedProcess>();
    const agents = new Map<string, ManagedProcess>();
    const testImage = options.agents ? (await labLoadBuiltin("python")).pinnedReference : "";
    const helperImage = options.agents ? (await loadOwnImage("helper", options.say)).pinnedReference : "";
    for (const cluster of clusters) {
      const before = options.agents ? await insideNetwork(cluster) : [];
      provisioners.set(cluster, await makeProvisioner(setting, cluster, before));
      if (!options.agents) continue;
      const spool = await makeSpool(join(folder, `spool-${cluster}`));
      spools.set(cluster, spool);
      const agent = { slots: options.agents.slots, helperImage, more: spool.env };
      agents.set(cluster, await makeAgent(setting, cluster, before, agent));
    }
    for (const member of [...provisioners.values(), ...agents.values()]) {
      member.start();
      all.push(member);
    }
    const { client } = setting;
    const project = client.project("faults");
    const parts = { hub, worker, temporal, postgres, provisioners, agents, spools };
    return { folder, clusters, client, project, image, testImage, ...parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The processes that are not in any cluster. */
async function planCore(folder: string, postgres: PostgresServer, options: WorldOptions) {
  const [hubPort, temporalPort] = [await freePort(bridgeAddress), await freePort("127.0.0.1")];
  const url = `https://${bridgeAddress}:${hubPort}`;
  const tls = await ensureTls(join(folder, "tls"), [bridgeAddress], new Date());
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, tls.caCertificate);
  const tokens = { admin: randomBytes(24).toString("hex"), worker: randomBytes(24).toString("hex") };
  const common = { PATH: searchPath, SEATRIAL_LOG_LEVEL: options.logLevel ?? "info" };
  const node = createNode(folder, common, root);
  const fetch = createHubFetch(tls.caCertificate);
  const client = createHubClient({ hubUrl: url, token: tokens.admin, fetch });
  const setting: Setting = { folder, url, caFile, client, node };
  const temporal = manageProcess({
    name: "temporal",
    command: (await findTool("temporal")).path,
    args: [
      ...["server", "start-dev", "--headless", "--port", String(temporalPort)],
      ...["--db-filename", join(folder, "temporal.db")],
      ...["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"],
    ],
    env: common,
    logFile: join(folder, "temporal.log"),
  });
  const hub = node("hub", "hub/src/main.ts", {
    SEATRIAL_DATABASE_URL: await postgres.createDatabase(),
    SEATRIAL_DATA_FOLDER: join(folder, "hub"),
    SEATRIAL_STATE_KEY: randomBytes(32).toString("base64"),
    SEATRIAL_HOST: bridgeAddress,
    SEATRIAL_PORT: String(hubPort),
    SEATRIAL_PUBLIC_URLS: url,
    SEATRIAL_ADMIN_TOKEN: tokens.admin,
    SEATRIAL_WORKER_TOKEN: tokens.worker,
    SEATRIAL_TLS_CERTIFICATE_FILE: join(folder, "tls/server.crt"),
    SEATRIAL_TLS_KEY_FILE: join(folder, "tls/server.key"),
    SEATRIAL_LEASE_SECONDS: "12",
    SEATRIAL_HEARTBEAT_SECONDS: "3",
    SEATRIAL_ACKNOWLEDGE_SECONDS: "6",
    ...options.env?.hub,
  });
  const worker = node("worker", "workflows/src/main.ts", {
    SEATRIAL_HUB_URL: url,
    SEATRIAL_HUB_CA_FILE: caFile,
    SEATRIAL_WORKER_TOKEN: tokens.worker,
    SEATRIAL_TEMPORAL_ADDRESS: `localhost:${temporalPort}`,
    SEATRIAL_TEMPORAL_PAYLOAD_KEY: randomBytes(32).toString("base64"),
    ...options.env?.worker,
  });
  return { temporal, hub, worker, setting };
}

async function untilUp(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
