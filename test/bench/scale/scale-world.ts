import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HubClient } from "@seatrial/contracts/client/create-hub-client.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { type BundledHub, startBundledHub } from "../run/bundled-hub.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import {
  makeVirtualCluster,
  type PodMilliseconds,
  startFakeNodes,
  type VirtualCluster,
} from "./fake-nodes.ts";
import { freePort } from "./free-port.ts";
import type { Parts } from "./meter.ts";

export type ScaleWorld = {
  folder: string;
  plane: ControlPlane;
  clusters: VirtualCluster[];
  client: HubClient;
  hub: BundledHub;
  agentPids: number[];
  parts: Parts;
  close: () => Promise<void>;
};

export type ScaleOptions = {
  /** Of each agent. */
  slots: number;
  podMilliseconds: PodMilliseconds;
  /** Where CPU profiles of hub, worker and agents go; null: none. */
  profileFolder: string | null;
  /** More of the configuration of hub and worker. */
  hubEnvironment?: Readonly<Record<string, string>>;
  workerEnvironment?: Readonly<Record<string, string>>;
};

const clusterNames = ["east", "west", "north", "south"];
const bundler = join(import.meta.dirname, "../../../infra/bundle/bundle.mjs");

/**
 * One control plane that acts as four clusters, each with its own fake node, namespace and agent; hub, worker and
 * agents run from their production bundles, on Postgres and Temporal. All are plain processes of this machine.
 */
export async function startScaleWorld(options: ScaleOptions): Promise<ScaleWorld> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-scale-"));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const one of closers.splice(0).toReversed()) await one();
  };
  const closeAndEnd = () => void close().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, closeAndEnd);
  try {
    const plane = await startControlPlane(folder);
    closers.push(() => plane.close());
    await startFakeNodes(plane, folder, options.podMilliseconds);
    const clusters: VirtualCluster[] = [];
    for (const name of clusterNames) clusters.push(await makeVirtualCluster(plane.kube, name));
    const postgres = await startPostgres();
    closers.push(() => postgres.stop());
    const { profileFolder } = options;
    if (profileFolder !== null) await mkdir(profileFolder, { recursive: true });
    const nodeFlags = profileFolder === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
    const databaseUrl = await postgres.createDatabase();
    const port = await freePort();
    const { hubEnvironment = {}, workerEnvironment = {} } = options;
    const own = { databaseUrl, hubEnvironment, workerEnvironment };
    const hub = await startBundledHub({ folder, host: "localhost", port, nodeFlags, ...own });
    closers.push(() => hub.stop());
    const agents = await startAgents({ folder, plane, hub, clusters, slots: options.slots, nodeFlags });
    closers.push(() => Promise.all(agents.map((agent) => agent.end())));
    const agentPids = agents.map((agent) => agent.pid() ?? 0);
    const pids = {
      hub: [hub.hubPid],
      worker: [hub.workerPid],
      Temporal: [hub.temporalPid()],
      Postgres: [postgres.pid()],
      agents: agentPids,
      client: [process.pid],
    };
    const parts = () => ({ ...pids, ...planeParts(plane) });
    return { folder, plane, clusters, client: hub.client, hub, agentPids, parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const planeNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "tekton"];

function planeParts(plane: ControlPlane): Record<string, number[]> {
  return Object.fromEntries(
    planeNames.map((name) => [
      name,
      plane.processes.filter((one) => one.name.startsWith(name)).flatMap((one) => one.pid() ?? []),
    ]),
  );
}

async function startAgents(options: {
  folder: string;
  plane: ControlPlane;
  hub: BundledHub;
  clusters: VirtualCluster[];
  slots: number;
  nodeFlags: string[];
}) {
  const { folder, plane, hub, clusters } = options;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [bundler, "--folder", folder, "agent"]);
  const caFile = join(folder, "hub-ca.pem");
  await writeFile(caFile, hub.caPem);
  // As the image and the chart start it, with more memory: they are made for 50 slots, not for hundreds.
  const flags = ["--max-semi-space-size=1", "--optimize-for-size", "--max-old-space-size=400"];
  const agents = [];
  for (const { name, namespace, nodes } of clusters) {
    const { secret } = await hub.client.createJoinToken({ cluster: name, labels: { name } });
    await mkdir(join(folder, `spool-${name}`), { recursive: true });
    agents.push(
      plane.launch(`agent-${name}`, process.execPath, [...flags, ...options.nodeFlags, stdout.trim()], {
        NODE_ENV: "production",
        SEATRIAL_HUB_URL: hub.url,
        SEATRIAL_HUB_CA_FILE: caFile,
        SEATRIAL_JOIN_TOKEN: secret,
        SEATRIAL_CLUSTER_NAME: name,
        SEATRIAL_CLUSTER_LABELS: JSON.stringify({ name }),
        SEATRIAL_NAMESPACE: namespace,
        SEATRIAL_INSTALLATION: name,
        SEATRIAL_HELPER_IMAGE: "bench/helper",
        SEATRIAL_SLOTS: String(options.slots),
        SEATRIAL_NODE_SELECTOR: JSON.stringify(nodes.nodeSelector),
        SEATRIAL_TOLERATIONS: JSON.stringify(nodes.tolerations),
        SEATRIAL_KEY_FILE: join(folder, `agent-${name}.key`),
        SEATRIAL_KUBECONFIG: plane.kubeconfig,
        SEATRIAL_SPOOL_FOLDER: join(folder, `spool-${name}`),
        SEATRIAL_LOG_LEVEL: "warn",
      }),
    );
  }
  await untilReady(hub.client, clusters, folder);
  return agents;
}

async function untilReady(client: HubClient, clusters: VirtualCluster[], folder: string): Promise<void> {
  const areReady = async () => {
    const { items } = await client.listClusters();
    return clusters.every(({ name }) => items.some((one) => one.name === name && one.state === "ready"));
  };
  if (!(await waitUntil(areReady, 60, 300)))
    throw new Error(`the agents were not ready within 60 s; see ${folder}/agent-*.log`);
}
