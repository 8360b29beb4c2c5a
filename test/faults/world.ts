import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHubFetch } from "@seatrial/cli/connection/hub-fetch.ts";
import { createHubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { ensureTls } from "@seatrial/hub/tls/ensure-tls.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { searchPath } from "./config.ts";
import { type ManagedProcess, manageProcess } from "./managed-process.ts";

/** Every part of Seatrial as a process of its own, so that each can be killed: on real clusters, Temporal and Postgres. */
export type World = {
  folder: string;
  clusters: string[];
  project: ProjectClient;
  /** The image that the template's `busybox` becomes. */
  image: string;
  hub: ManagedProcess;
  worker: ManagedProcess;
  temporal: ManagedProcess;
  provisioners: Map<string, ManagedProcess>;
  close: () => Promise<void>;
};

const root = join(import.meta.dirname, "../..");

export async function startWorld(options: {
  clusters: number;
  say: (line: string) => void;
  logLevel?: "info" | "debug";
}): Promise<World> {
  await labDown();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-faults-"));
  const lab = await labUp({ clusters: options.clusters, driver: "native" });
  const clusters = lab.clusters.map(({ name }) => name);
  const { reference: image } = await labLoadBuiltin("busybox");
  const postgres = await startPostgres();
  const [hubPort, temporalPort] = [await freePort(), await freePort()];
  const url = `https://localhost:${hubPort}`;
  const tls = await ensureTls(join(folder, "tls"), ["localhost"], new Date());
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, tls.caCertificate);
  const tokens = { admin: randomBytes(24).toString("hex"), worker: randomBytes(24).toString("hex") };
  const common = { PATH: searchPath, SEATRIAL_LOG_LEVEL: options.logLevel ?? "info" };
  const node = (name: string, script: string, env: Record<string, string>) =>
    manageProcess({
      name,
      command: process.execPath,
      args: [join(root, script)],
      env: { ...common, ...env },
      logFile: join(folder, `${name}.log`),
    });

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
    SEATRIAL_PORT: String(hubPort),
    SEATRIAL_PUBLIC_URLS: url,
    SEATRIAL_ADMIN_TOKEN: tokens.admin,
    SEATRIAL_WORKER_TOKEN: tokens.worker,
    SEATRIAL_TLS_CERTIFICATE_FILE: join(folder, "tls/server.crt"),
    SEATRIAL_TLS_KEY_FILE: join(folder, "tls/server.key"),
    SEATRIAL_LEASE_SECONDS: "12",
    SEATRIAL_HEARTBEAT_SECONDS: "3",
    SEATRIAL_ACKNOWLEDGE_SECONDS: "6",
  });
  const worker = node("worker", "workflows/src/main.ts", {
    SEATRIAL_HUB_URL: url,
    SEATRIAL_HUB_CA_FILE: caFile,
    SEATRIAL_WORKER_TOKEN: tokens.worker,
    SEATRIAL_TEMPORAL_ADDRESS: `localhost:${temporalPort}`,
    SEATRIAL_TEMPORAL_PAYLOAD_KEY: randomBytes(32).toString("base64"),
  });
  const client = createHubClient({
    hubUrl: url,
    token: tokens.admin,
    fetch: createHubFetch(tls.caCertificate),
  });
  const all: ManagedProcess[] = [temporal, hub, worker];
  const close = async () => {
    for (const one of all.toReversed()) await one.end();
    await postgres.stop();
    await labDown();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    temporal.start();
    hub.start();
    await untilUp(() => client.health());
    worker.start();
    await client.createProject({ name: "faults" });
    const provisioners = new Map<string, ManagedProcess>();
    for (const cluster of clusters) {
      await makeOwnNamespace(cluster);
      const { secret } = await client.createJoinToken({
        cluster,
        role: "provisioner",
        labels: { name: cluster },
      });
      const provisioner = node(`provisioner-${cluster}`, "env-provisioner/src/main.ts", {
        SEATRIAL_HUB_URL: url,
        SEATRIAL_HUB_CA_FILE: caFile,
        SEATRIAL_JOIN_TOKEN: secret,
        SEATRIAL_CLUSTER_NAME: cluster,
        SEATRIAL_CLUSTER_LABELS: JSON.stringify({ name: cluster }),
        SEATRIAL_KEY_FILE: join(folder, `${cluster}.key`),
        SEATRIAL_KUBECONFIG: (await labKubeconfig(cluster)).path,
        SEATRIAL_WORK_FOLDER: join(folder, `operations-${cluster}`),
        SEATRIAL_PULUMI: (await findTool("pulumi")).path,
        SEATRIAL_HELM: (await findTool("helm")).path,
        SEATRIAL_KUBECTL: (await findTool("kubectl")).path,
      });
      provisioner.start();
      provisioners.set(cluster, provisioner);
      all.push(provisioner);
    }
    return {
      folder,
      clusters,
      project: client.project("faults"),
      image,
      hub,
      worker,
      temporal,
      provisioners,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where a provisioner keeps the Leases of its operations; in a cluster its chart makes it. */
async function makeOwnNamespace(cluster: string): Promise<void> {
  const { path, context } = await labKubeconfig(cluster);
  const kube = createKubeClient(await readKubeconfig(path, context));
  await kube.post("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "seatrial" },
  });
  await kube.close();
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
