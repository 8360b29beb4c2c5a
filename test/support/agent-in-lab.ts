import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readConfig } from "@seatrial/cluster-agent/config.ts";
import { type Agent, startAgent } from "@seatrial/cluster-agent/start.ts";
import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { FinishRequest } from "@seatrial/contracts/agent-protocol/report.ts";
import { newId } from "@seatrial/contracts/ids.ts";
import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createFakeHub, type FakeHub } from "@seatrial/hub-link/testing/fake-hub.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { labStatus } from "@seatrial/lab/lab-status.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { createKubectl, type Kubectl, restrictedNamespace } from "./lab-pods.ts";

/** Where pods of the lab reach the host. */
const hostAddress = "10.88.0.1";
const cluster = "east";

export type AgentProcess = {
  /** What it logged, line by line. */
  logged: () => string[];
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>;
};

export type AgentInLab = {
  hub: FakeHub;
  kubectl: Kubectl;
  cluster: string;
  namespace: string;
  /** Gives the agent a shard: a busybox command unless the work says more. */
  give: (work?: Partial<ShardWork>) => ReturnType<FakeHub["give"]>;
  /** Waits for the end that the agent reports. */
  end: (lease: ReturnType<FakeHub["give"]>) => Promise<FinishRequest>;
  start: () => Promise<void>;
  /** The same agent as a process of its own, with more variables. */
  process: (more: Record<string, string>) => AgentProcess;
  stop: () => Promise<void>;
  close: () => Promise<void>;
};

/** An agent in this process that runs pods in the lab's first cluster, for a hub that the test plays itself. */
export async function openAgentInLab(options: {
  logLimitBytes: number;
  nodeLostSeconds: number;
}): Promise<AgentInLab> {
  const wasUp = (await labStatus()) !== undefined;
  if (!wasUp) await labUp({ clusters: 1 });
  const kubectl = await createKubectl(cluster);
  const namespace = `agent-${newId("run").slice(2, 8)}`;
  await kubectl.apply(restrictedNamespace(namespace));
  const { reference: busybox } = await labLoadBuiltin("busybox");
  const folder = await mkdtemp(join(tmpdir(), "seatrial-agent-"));
  const hub = await createFakeHub({ host: hostAddress, logLimitBytes: options.logLimitBytes });
  const { path, context } = await labKubeconfig(cluster);
  const environment = {
    SEATRIAL_HUB_URL: hub.url,
    SEATRIAL_JOIN_TOKEN: "fresh",
    SEATRIAL_CLUSTER_NAME: cluster,
    SEATRIAL_NAMESPACE: namespace,
    SEATRIAL_HELPER_IMAGE: "localhost/none",
    SEATRIAL_NODE_LOST_SECONDS: String(options.nodeLostSeconds),
    SEATRIAL_KEY_FILE: join(folder, "key.json"),
    SEATRIAL_KUBECONFIG: path,
    SEATRIAL_KUBE_CONTEXT: context,
  };
  const config = readConfig(environment);
  const processes: AgentProcess[] = [];
  let agent: Agent | null = null;
  const stop = async () => {
    await agent?.stop();
    agent = null;
  };

  return {
    hub,
    kubectl,
    cluster,
    namespace,
    give: (work) => hub.give(grantOf({ image: busybox, ...work })),
    async end(lease) {
      await hub.until(() => lease.finish !== null);
      if (lease.finish === null) throw new Error("the agent reported no end");
      return lease.finish;
    },
    async start() {
      agent = await startAgent(config, silentLogger);
    },
    process(more) {
      const started = startProcess({ ...environment, ...more });
      processes.push(started);
      return started;
    },
    stop,
    async close() {
      await stop();
      for (const one of processes) await one.kill();
      await hub.close();
      await kubectl.run(["delete", "namespace", namespace, "--wait=false"]);
      await rm(folder, { recursive: true, force: true });
      if (!wasUp) await labDown();
    },
  };
}

const agentProgram = fileURLToPath(new URL("../../cluster-agent/src/main.ts", import.meta.url));

function startProcess(environment: Record<string, string>): AgentProcess {
  const child = spawn(process.execPath, [agentProgram], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const gone = once(child, "exit");
  return {
    logged: () => lines,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function grantOf(work: Partial<ShardWork>): LeaseGrant {
  const now = new Date().toISOString();
  return {
    leaseId: newId("lease"),
    kind: "shard",
    expiresAt: now,
    acknowledgeBy: now,
    leaseToken: "token",
    work: {
      project: "shop",
      runId: newId("run"),
      suite: "api",
      shardId: newId("shard"),
      attemptId: newId("attempt"),
      attemptNumber: 1,
      mode: "test",
      shardIndex: 0,
      shardCount: 1,
      tool: null,
      image: "",
      command: ["true"],
      arguments: [],
      path: "",
      env: {},
      environment: null,
      cpuMillis: 20,
      memoryBytes: 32 * 1_048_576,
      timeoutSeconds: 300,
      content: false,
      cases: false,
      reports: { junit: [] },
      artifacts: [],
      ...work,
    },
  };
}
