import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installAgent } from "@seatrial/cli/demo/install-agent.ts";
import { loadImages } from "@seatrial/cli/demo/load-images.ts";
import { createKubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { labUp } from "@seatrial/lab/lab-up.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { publish, type Row } from "./report.ts";
import { residentMib, startBundledHub } from "./run/bundled-hub.ts";
import { measureLogLines, measureRun, type RunTimes } from "./run/measure-run.ts";
import { watchPodMoments } from "./run/pod-moments.ts";
import { measureRawPod, sentSpec } from "./run/raw-pod.ts";
import { summarize } from "./statistics.ts";

const rounds = 10;
const logLines = 50;
const idleSeconds = 20;
const hubHost = "10.88.0.1";
const rawSpace = "bench-raw";
const command = ["sh", "-c", "sleep 1"];

/** `npm run bench -- run`: Seatrial against raw pods, interleaved in one run, on one real cluster. */
export async function benchRun(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-bench-"));
  await labDown();
  const closers: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => labDown(),
  ];
  try {
    const parts = await bringUp(folder, closers);
    // One run first warms caches, is not counted, and shows the pod that the raw ones are copies of.
    await measureRun(parts.project, parts.ourMoments, parts.busybox, command);
    // Others are there too: the agent tries with pods of its own whether policies hold, and those never end by themselves.
    const first = parts.ourMoments.pod(({ metadata }) => metadata.labels?.["seatrial.dev/run"] !== undefined);
    if (first === undefined) throw new Error("the first run's pod was not seen");
    const raw: number[] = [];
    const ours: RunTimes[] = [];
    const measureRaw = async (round: number) => {
      const pod = { namespace: rawSpace, name: `raw-${round}`, spec: sentSpec(first) };
      raw.push(await measureRawPod(parts.kube, parts.rawMoments, pod));
    };
    const measureOurs = async () => {
      ours.push(await measureRun(parts.project, parts.ourMoments, parts.busybox, command));
    };
    for (let round = 1; round <= rounds; round++) {
      console.log(`round ${round} of ${rounds}`);
      // Who goes first changes, so neither always follows the other.
      if (round % 2 === 0) await measureRaw(round);
      await measureOurs();
      if (round % 2 === 1) await measureRaw(round);
    }
    const lines = await measureLogLines(parts.project, parts.node, logLines);
    console.log(`idle for ${idleSeconds} s, then memory`);
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000));
    const memory = { hub: await residentMib(parts.hubPid), agent: await residentMib(await findAgentPid()) };
    publish({
      name: "run",
      rows: toRows(raw, ours, lines, memory),
      notes: breakdown(ours),
      raw: { raw, ours, lines, memory },
    });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function bringUp(folder: string, closers: (() => Promise<unknown>)[]) {
  const lab = await labUp({ clusters: 1, report: console.log });
  const cluster = lab.clusters[0]?.name ?? "east";
  const images = await loadImages(console.log);
  const server = await startPostgres();
  closers.push(() => server.stop());
  const databaseUrl = await server.createDatabase();
  const hub = await startBundledHub({ folder, databaseUrl, host: hubHost, port: 7072 });
  closers.push(() => hub.stop());
  await hub.client.createProject({ name: "default" });
  const kubeconfig = await labKubeconfig(cluster);
  const installation = { cluster, labels: {}, kubeconfig, hub, images, slots: 8 };
  await installAgent(hub.client, installation);
  const kube = createKubeClient(await readKubeconfig(kubeconfig.path, kubeconfig.context));
  closers.push(() => kube.close());
  await kube.post("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: rawSpace },
  });
  const rawMoments = await watchPodMoments(kube, rawSpace);
  const ourMoments = await watchPodMoments(kube, "seatrial-work");
  closers.push(async () => [rawMoments, ourMoments].map((moments) => moments.close()));
  const project = hub.client.project("default");
  const { busybox, presets } = images;
  return { kube, rawMoments, ourMoments, project, busybox, node: presets.node, hubPid: hub.hubPid };
}

/** The agent's process as this machine sees it: pods of the lab are processes of the host. */
async function findAgentPid(): Promise<number> {
  const { stdout } = await promisify(execFile)("pgrep", ["-f", "/app/agent.mjs"]);
  return Number(stdout.trim().split("\n").at(-1));
}

function toRows(
  raw: number[],
  ours: RunTimes[],
  lines: number[],
  memory: { hub: number; agent: number },
): Row[] {
  const rawStart = summarize(raw);
  const ourStart = summarize(ours.map((times) => times.requestToStarted));
  const over = ourStart.median - rawStart.median;
  const visible = summarize(ours.map((times) => times.endToVisible));
  const age = summarize(lines);
  const goal = (text: string, met: boolean) => ({ goal: { text, met } });
  return [
    { what: "raw pod: request → container started", unit: "ms", summary: rawStart },
    {
      what: "seatrial: request → container started",
      unit: "ms",
      summary: ourStart,
      ...goal(
        `raw + 150 ms (is raw + ${over.toFixed(0)} ms, ${(ourStart.median / rawStart.median).toFixed(2)}x)`,
        over <= 150,
      ),
    },
    {
      what: "pod end → visible in the API",
      unit: "ms",
      summary: visible,
      ...goal("≤ 50 ms", visible.median <= 50),
    },
    { what: "log line → SSE client", unit: "ms", summary: age, ...goal("≤ 100 ms", age.median <= 100) },
    {
      what: "hub, bundled, on Postgres, idle",
      unit: "MiB",
      summary: summarize([memory.hub]),
      ...goal("≤ 120 MB", memory.hub * 1.048576 <= 120),
    },
    {
      what: "agent, bundled, idle",
      unit: "MiB",
      summary: summarize([memory.agent]),
      ...goal("≤ 100 MB", memory.agent * 1.048576 <= 100),
    },
  ];
}

/** Where the time between request and container goes: medians of each step. */
function breakdown(ours: RunTimes[]): string[] {
  const median = (step: keyof RunTimes["steps"]) =>
    summarize(ours.map(({ steps }) => steps[step])).median.toFixed(0);
  return [
    "steps of a run, medians in ms: " +
      `request → created ${median("created")}, → planned ${median("planned")}, → leased ${median("leased")}, ` +
      `→ pod seen ${median("podSeen")}, → container started ${median("started")}`,
    "raw pods have the spec of Seatrial's, are seen by the same kind of watch, and take turns in going first",
  ];
}
