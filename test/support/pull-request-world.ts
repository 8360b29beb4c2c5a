import type { ChildProcess } from "node:child_process";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { databases } from "./databases.ts";
import type { RepositoryHandle } from "./github/repository-handle.ts";
import { type GitHub, startGitHub } from "./github/start-github.ts";
import type { Files } from "./github/state.ts";
import { createLeaseWorld, type LeaseWorld } from "./lease-world.ts";
import { listenOn } from "./run-cli.ts";
import { openTemporal, type TestTemporal } from "./temporal-server.ts";
import { createTestClock, createTestHub, type TestHub, webhookSecret, workerToken } from "./test-hub.ts";
import { killNow, startWorkerProcess } from "./worker-process.ts";

export const repositoryName = "acme/shop";

/**
 * A repository on the fake GitHub, connected to a project of a hub whose time stands still, and the worker as a process
 * of its own on a real Temporal server. Clusters are played by test agents.
 */
export type PullRequestWorld = {
  readonly hub: TestHub;
  readonly leases: LeaseWorld;
  readonly github: GitHub;
  readonly shop: RepositoryHandle;
  readonly project: string;
  readonly temporal: TestTemporal;
  pullRequest(number: number): Promise<PullRequest | null>;
  /** Waits until the hub tells this of a pull request; throws with what it tells instead. */
  until(number: number, check: (pullRequest: PullRequest) => boolean): Promise<PullRequest>;
  startWorker(): void;
  /** SIGKILL. */
  killWorker(): Promise<void>;
  close(): Promise<void>;
};

export async function openPullRequestWorld(files: Files): Promise<PullRequestWorld> {
  const [database] = databases;
  if (database === undefined) throw new Error("there is no database to test on");
  const project = "shop";
  // The worker and GitHub have the machine's time: the hub's stands still there, and not years ahead of theirs.
  const clock = createTestClock(new Date().toISOString());
  const hub = await createTestHub(database, { clock });
  const [server, temporal, github] = await Promise.all([listenOn(hub.app), openTemporal(), startGitHub()]);
  const leases = createLeaseWorld(hub);
  await leases.project(project);
  const shop = github.repository(repositoryName, { files });
  const body = { name: repositoryName, installationId: shop.state.installationId };
  await hub.json("POST", `/v1/projects/${project}/repositories`, { body });
  github.deliverTo({ url: `${server.url}/v1/webhooks/github`, secret: webhookSecret });
  let worker: ChildProcess | null = null;

  async function pullRequest(number: number): Promise<PullRequest | null> {
    const path = `/v1/projects/${project}/pull-requests?repository=${repositoryName}&number=${number}`;
    return (await hub.json<{ items: PullRequest[] }>("GET", path)).items[0] ?? null;
  }
  const world: PullRequestWorld = {
    ...{ hub, leases, github, shop, project, temporal, pullRequest },
    until: (number, check) => untilPullRequest(() => pullRequest(number), check),
    startWorker() {
      const { url: hubUrl } = server;
      const { address: temporalAddress } = temporal;
      worker = startWorkerProcess({
        ...{ hubUrl, temporalAddress, taskQueue: "pull-requests", token: workerToken },
        environment: workerEnvironment(github),
      });
    },
    async killWorker() {
      if (worker !== null) await killNow(worker);
      worker = null;
    },
    async close() {
      await world.killWorker();
      await github.close();
      await server.close();
      await hub.close();
      await temporal.stop();
    },
  };
  return world;
}

/** How a worker is told of the fake GitHub. */
export function workerEnvironment({ url, app }: GitHub): Record<string, string> {
  return {
    SEATRIAL_GITHUB_API_URL: url,
    SEATRIAL_GITHUB_APP_ID: String(app.id),
    SEATRIAL_GITHUB_PRIVATE_KEY: app.privateKeyPem,
  };
}

export async function untilPullRequest(
  read: () => Promise<PullRequest | null>,
  check: (pullRequest: PullRequest) => boolean,
  deadlineSeconds = 180,
): Promise<PullRequest> {
  let last: PullRequest | null = null;
  const isSo = await waitUntil(
    async () => {
      last = await read().catch(toUnknown);
      return last !== null && check(last);
    },
    deadlineSeconds,
    250,
  );
  if (isSo && last !== null) return last;
  throw new Error(`${check} is not so, but ${JSON.stringify(last, null, 1)}`);
}

/** On a machine that has no time a kept connection is closed just when it is used again: the next look tells. */
function toUnknown(error: unknown): null {
  if (error instanceof SeatrialError && error.code === "unavailable") return null;
  throw error;
}
