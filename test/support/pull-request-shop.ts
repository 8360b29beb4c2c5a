import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { OperationFinishInput, OperationGrant } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { Endpoint, Environment } from "@seatrial/contracts/environments/environment.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { PullRequestFacts } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { HubSettings } from "@seatrial/hub/app/hub-deps.ts";
import type { TestDatabase } from "./databases.ts";
import { drivePullRequests, type Registry } from "./drive-pull-requests.ts";
import { driveWorkflows, type Workflows } from "./drive-workflows.ts";
import { createShop, type EnvironmentShop } from "./environment-shop.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "./environment-world.ts";
import type { PullHandle } from "./github/pull-handle.ts";
import type { OpenPull, RepositoryHandle } from "./github/repository-handle.ts";
import { type GitHub, startGitHub } from "./github/start-github.ts";
import type { Files } from "./github/state.ts";
import type { LeaseWorld } from "./lease-world.ts";
import type { TestAgent } from "./test-agent.ts";
import { createTestHub, type TestHub, workerToken } from "./test-hub.ts";
import { cleanProof } from "./test-provisioner.ts";

const secret = "a-secret-of-the-webhooks-of-the-tests";

/** A hub whose pull requests are advanced by hand: `work` does all that is due, time stands still. */
export type CommitWorld = {
  readonly hub: TestHub;
  readonly github: GitHub;
  readonly leases: LeaseWorld;
  readonly environments: EnvironmentWorld;
  readonly workflows: Workflows;
  readonly registry: Registry;
  look(pullRequestId: string): Promise<PullRequestFacts>;
  /** Fetches one commit, and does nothing else. */
  fetchCommit(pullRequestId: string, sha: string): Promise<void>;
  close(): Promise<void>;
};

export async function openCommitWorld(
  database: TestDatabase,
  settings: Partial<HubSettings> = {},
): Promise<CommitWorld> {
  const hub = await createTestHub(database, { settings: { githubWebhookSecrets: [secret], ...settings } });
  const github = await startGitHub({ clock: () => hub.clock.now() });
  github.deliverTo({
    url: "/v1/webhooks/github",
    secret,
    fetch: async (url, init) => hub.app.request(url, init),
  });
  const registry: Registry = new Map();
  const { lookAtPullRequest: look, fetchCommit } = drivePullRequests(hub, github, registry);
  const environments = createEnvironmentWorld(hub);
  const workflows = driveWorkflows(hub, { lookAtPullRequest: async (id) => void (await look(id)) });
  return {
    ...{ hub, github, leases: environments.leases, environments, workflows, registry, look, fetchCommit },
    async close() {
      await github.close();
      await hub.close();
    },
  };
}

export const shopFile = (more = "") => `version: 1
suites:
  smoke:
    image: busybox:1
    command: ["true"]
environments:
  preview:
    manifests: app.yaml
    expose: {web: 80}
    ttl: 2h
    keepOnFailure: 4h
runs:
  checks:
    when: {pull_request: true}
    environment: preview
${more}`;

/** A project with a cluster of its own and a repository. */
export type PullRequestShop = EnvironmentShop & {
  readonly agent: TestAgent;
  readonly repository: RepositoryHandle;
  /** Opens a pull request, and lets everything follow from it. */
  open(options?: Partial<OpenPull>): Promise<OpenedPull>;
  show(pull: OpenedPull): Promise<PullRequest>;
  /** Its environment of this name, the one that stands. */
  environment(pull: OpenedPull, name?: string): Promise<Environment>;
  run(runId: string): Promise<Run>;
  /** The last run of the newest commit. */
  runOf(pull: OpenedPull, name?: string): Promise<Run>;
  runs(): Promise<Run[]>;
  /** Ends the next shard: green, if it is not said; lets everything follow. */
  test(exit?: Record<string, unknown>): Promise<void>;
  /** A shard that is being tested. */
  take(): Promise<LeaseGrant>;
  finish(grant: LeaseGrant, exit?: Record<string, unknown>): Promise<void>;
  /** An operation that is being done. */
  begin(kind: string): Promise<OperationGrant>;
  end(grant: OperationGrant, fields?: Partial<OperationFinishInput>): Promise<void>;
  /** Makes the environment, or updates it, with its endpoint. */
  deploy(kind?: "up" | "update"): Promise<void>;
  /** Does all operations that are queued, whatever they are, and what is queued then. */
  operateAll(): Promise<void>;
};
export type OpenedPull = PullHandle & { readonly id: string };

const endpoints: Endpoint[] = [
  { name: "web", reach: "cluster", url: "http://web.ns:80", host: "web.ns", port: 80, provedAt: null },
];

let repositories = 0;

export async function createPullRequestShop(world: CommitWorld, files: Files = {}): Promise<PullRequestShop> {
  const { hub, github, workflows } = world;
  const shop = await createShop(world.environments, workflows);
  const agent = await world.leases.agent(shop.cluster, { projects: [shop.name] });
  repositories += 1;
  const repository = github.repository(`acme/shop-${repositories}`, {
    files: { "app.yaml": "kind: ConfigMap", "seatrial.yaml": shopFile(), ...files },
  });
  await hub.json("POST", `${shop.path}/repositories`, { body: { name: repository.name } });
  const list = async (number: number) => {
    const query = new URLSearchParams({ repository: repository.name, number: String(number) });
    return (await hub.json<{ items: PullRequest[] }>("GET", `${shop.path}/pull-requests?${query}`)).items[0];
  };
  const created: PullRequestShop = {
    ...shop,
    agent,
    repository,
    async open(options = {}) {
      const pull = await repository.open({
        by: "author",
        branch: "feature",
        files: { "a.txt": "1" },
        ...options,
      });
      const shown = await list(pull.number);
      if (shown === undefined) throw new Error("the hub does not know the pull request");
      await workflows.work();
      return withId(pull, shown.id);
    },
    show: (pull) => hub.json("GET", `${shop.path}/pull-requests/${pull.id}`),
    async environment(pull, name = "preview") {
      const { environments } = await created.show(pull);
      const found = environments.find((one) => one.name === name);
      if (found === undefined) throw new Error(`there is no environment ${name}`);
      return hub.json("GET", shop.at(found.environmentId));
    },
    run: (runId) => hub.json("GET", `${shop.path}/runs/${runId}`),
    async runOf(pull, name = "checks") {
      const [commit] = (await created.show(pull)).commits;
      const runId = commit?.runs.find((one) => one.name === name)?.runId;
      if (!runId) throw new Error(`${name} was not asked for: ${JSON.stringify(commit)}`);
      return created.run(runId);
    },
    runs: async () => (await hub.json<{ items: Run[] }>("GET", `${shop.path}/runs`)).items,
    async test(exit) {
      await created.finish(await created.take(), exit);
    },
    async take() {
      const [grant] = (await agent.claim({ slotsFree: 1 })).leases;
      if (grant === undefined) throw new Error("the agent was given nothing");
      await agent.acknowledge([grant.leaseId]);
      await agent.progress(grant.leaseId, "running");
      return grant;
    },
    async finish(grant, exit = {}) {
      const answer = await agent.finish(grant.leaseId, exit);
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      await workflows.work();
    },
    async begin(kind) {
      const grant = await shop.provisioner.take();
      if (grant.work.operation !== kind)
        throw new Error(`'${grant.work.operation}' was queued, not '${kind}'`);
      await workflows.work();
      return grant;
    },
    async end(grant, fields = {}) {
      await shop.provisioner.finish(grant.leaseId, { endpoints, ...fields });
      await workflows.work();
    },
    deploy: (kind = "up") => shop.operate(kind, { endpoints }),
    async operateAll() {
      for (;;) {
        const { leases } = await shop.provisioner.claim({ slotsFree: 4 });
        if (leases.length === 0) return;
        await shop.provisioner.acknowledge(...leases.map(({ leaseId }) => leaseId));
        for (const grant of leases) {
          const proof = grant.work.operation === "down" ? cleanProof(grant, shop.cluster) : null;
          await shop.provisioner.finish(grant.leaseId, { endpoints, proof });
        }
        await workflows.work();
      }
    },
  };
  return created;
}

/** A handle whose getters go on to tell what is now. */
function withId(pull: PullHandle, id: string): OpenedPull {
  return Object.create(pull, { id: { value: id, enumerable: true } }) as OpenedPull;
}

/** A request of the worker about a pull request. */
export function asWorker<Answer>(
  hub: TestHub,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const request = { token: workerToken, ...(body === undefined ? {} : { body }) };
  return hub.json<Answer>(method, `/worker/v1/pull-requests/${path}`, request);
}
