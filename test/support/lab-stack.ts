import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Stack, type StackOptions, startStack } from "@seatrial/cli/demo/start-stack.ts";
import { startLocalHub } from "@seatrial/cli/dev/start-local-hub.ts";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { CreateRunInput, Run, Shard } from "@seatrial/contracts/runs/run.ts";
import { sleep } from "@seatrial/contracts/time/clock.ts";
import { labDown } from "@seatrial/lab/lab-down.ts";

export const canRunLab = process.platform === "linux" && process.getuid?.() === 0;

export type LabStack = Omit<Stack, "hub" | "stop"> & {
  folder: string;
  project: ProjectClient;
  /** Where processes outside the clusters reach the hub, and what its certificate comes from. */
  hub: { url: string; caPem: string | null };
  /** Hub and worker go away, their data stays; agents and pods are not told. */
  stopHub: () => Promise<void>;
  /** Hub and worker again, on the same data and address. */
  startHub: () => Promise<void>;
  close: () => Promise<void>;
};

/** A fresh lab with hub, worker and agents for one test file. A lab that is up is taken down first. */
export async function openLabStack(options: Omit<StackOptions, "folder"> = {}): Promise<LabStack> {
  await labDown();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-e2e-"));
  const port = options.port ?? 7071;
  const { hub: firstHub, ...stack } = await startStack({ ...options, port, folder: join(folder, "hub") });
  let stop = firstHub.stop;
  return {
    ...stack,
    hub: { url: firstHub.url, caPem: firstHub.caPem },
    folder,
    project: stack.client.project("default"),
    stopHub: () => stop(),
    async startHub() {
      const hub = await startLocalHub({
        folder: join(folder, "hub"),
        port,
        hosts: [new URL(firstHub.url).hostname],
        adminToken: firstHub.adminToken,
        overrides: { images: stack.images.presets, ...options.overrides },
      });
      stop = hub.stop;
    },
    async close() {
      await stop();
      await labDown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for the end of a run by its event stream, then reads it again. */
export async function untilOver(project: ProjectClient, runId: string): Promise<Run> {
  for await (const event of project.followEvents(runId, { sleep })) if (event.type === "run.finished") break;
  return project.getRun(runId);
}

/** Starts a run and waits for its verdict. */
export async function runToEnd(project: ProjectClient, input: CreateRunInput): Promise<Run> {
  return untilOver(project, (await project.createRun(input)).id);
}

/** All results of a run, page by page. */
export async function allResults(project: ProjectClient, runId: string): Promise<RunResult[]> {
  const results: RunResult[] = [];
  let cursor: string | undefined;
  do {
    const page = await project.listResults(runId, { limit: 200, ...(cursor ? { cursor } : {}) });
    results.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return results;
}

export type { Shard };
