import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { RunEvent } from "@seatrial/contracts/runs/run-event.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import type { PodMoments } from "./pod-moments.ts";

/** One run of one shard, taken apart; all in milliseconds. */
export type RunTimes = {
  /** Request → first container started, by the same watch that measures raw pods. */
  requestToStarted: number;
  /** Pod's end in the watch → `attempt.finished` at a client of the API. */
  endToVisible: number;
  /** Where the time goes until the pod exists: request → created → planned → leased → pod seen → started. */
  steps: { created: number; planned: number; leased: number; podSeen: number; started: number };
};

/** Starts a run of a plain command and follows it by its event stream and by the cluster's watch. */
export async function measureRun(
  project: ProjectClient,
  moments: PodMoments,
  image: string,
  command: string[],
): Promise<RunTimes> {
  const begin = Date.now();
  const resources = { cpuMillis: 50, memoryBytes: 64 * 1_048_576 };
  const run = await project.createRun({
    suites: [{ name: "bench", tool: null, image, command, resources, timeoutSeconds: 300 }],
  });
  const isOurs = (pod: { metadata: { labels?: Record<string, string> } }) =>
    pod.metadata.labels?.["seatrial.dev/run"] === run.id;
  const events = collectEvents(project, run.id);
  const podSeen = await moments.seen("added", isOurs);
  const started = await moments.seen("started", isOurs);
  const ended = await moments.seen("ended", isOurs);
  const seen = await events;
  const at = (type: RunEvent["type"]) => Date.parse(seen.get(type)?.event.at ?? "");
  const finished = seen.get("attempt.finished");
  if (finished?.event.data.state !== "passed")
    throw new Error(`the measured run did not pass: ${JSON.stringify(finished?.event.data)}`);
  return {
    requestToStarted: started - begin,
    endToVisible: finished.arrived - ended,
    steps: {
      created: at("run.created") - begin,
      planned: at("run.planned") - at("run.created"),
      leased: at("attempt.leased") - at("run.planned"),
      podSeen: podSeen - at("attempt.leased"),
      started: started - podSeen,
    },
  };
}

type Arrived = { event: RunEvent; arrived: number };

async function collectEvents(project: ProjectClient, runId: string): Promise<Map<string, Arrived>> {
  const seen = new Map<string, Arrived>();
  for await (const event of project.followEvents(runId, { sleep })) {
    if (!seen.has(event.type)) seen.set(event.type, { event, arrived: Date.now() });
    if (event.type === "run.finished") break;
  }
  return seen;
}

/** A pod prints its clock; how old each line is when a client of the log stream has it. Pod and client share a clock. */
export async function measureLogLines(
  project: ProjectClient,
  image: string,
  lines: number,
): Promise<number[]> {
  const script = `let n=0;const t=setInterval(()=>{console.log(Date.now());if(++n===${lines})clearInterval(t)},100)`;
  const run = await project.createRun({
    suites: [{ name: "lines", tool: null, image, command: ["node", "-e", script], timeoutSeconds: 300 }],
  });
  const ages: number[] = [];
  const stopping = new AbortController();
  for await (const chunk of project.followLogs(run.id, { sleep, signal: stopping.signal })) {
    const now = Date.now();
    for (const line of chunk.text.split("\n").filter(Boolean)) ages.push(now - Number(line));
    if (ages.length >= lines) break;
  }
  stopping.abort();
  return ages;
}
