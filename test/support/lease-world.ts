import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { AgentProtocol } from "@seatrial/contracts/agent-protocol/versions.ts";
import type { Run, Shard } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { archiveOf, sha256Of } from "./hub-fixtures.ts";
import { createTestAgent, type TestAgent } from "./test-agent.ts";
import { type TestHub, workerToken } from "./test-hub.ts";

/** A suite of an image and a command, with the given fields. */
export const commandSuite = (fields: Partial<SuiteSpecInput> = {}): SuiteSpecInput => ({
  name: "api",
  tool: null,
  image: "busybox:1",
  command: ["true"],
  ...fields,
});

/** A pytest suite, with the given fields. */
export const pytestSuite = (fields: Partial<SuiteSpecInput> = {}): SuiteSpecInput => ({
  name: "py",
  tool: "pytest",
  image: null,
  command: null,
  ...fields,
});

type TokenFields = {
  labels?: Record<string, string>;
  taints?: { key: string; value?: string }[];
  projects?: string[];
  expiresInSeconds?: number;
  role?: string;
  /** The version of the agent protocol that it speaks; the newest by default. */
  protocol?: AgentProtocol;
};
export type TickAnswer = {
  handedBack: number;
  lost: number;
  compacted: number;
  nextDueInSeconds: number | null;
};

/** What tests of the lease protocol need around it: users, worker and clusters, all through the front door. */
export type LeaseWorld = {
  readonly hub: TestHub;
  project(name: string, runningQuota?: number): Promise<string>;
  joinToken(cluster: string, fields?: Omit<TokenFields, "protocol">): Promise<string>;
  /** An agent that has joined. */
  agent(cluster: string, fields?: TokenFields): Promise<TestAgent>;
  createRun(project: string, suites: SuiteSpecInput[], withContent?: boolean): Promise<string>;
  /** The same, planned by the worker. */
  startRun(project: string, suites: SuiteSpecInput[], withContent?: boolean): Promise<string>;
  cancelRun(project: string, runId: string): Promise<void>;
  run(project: string, runId: string): Promise<Run>;
  shards(project: string, runId: string): Promise<Shard[]>;
  /** What the worker does with everything in the outbox, until it is empty. */
  work(): Promise<void>;
  tick(): Promise<TickAnswer>;
  /** A request of the helper with a grant's lease token. */
  helper(grant: LeaseGrant, method: string, path: string, options?: HelperOptions): Promise<Response>;
  /** Uploads a whole file of a helper in one part. */
  upload(grant: LeaseGrant, kind: string, path: string, text: string): Promise<Response>;
};
type HelperOptions = { body?: string | Uint8Array; headers?: Record<string, string>; token?: string };

export function createLeaseWorld(hub: TestHub): LeaseWorld {
  const post = <Answer>(path: string, body?: unknown) =>
    hub.json<Answer>("POST", path, { token: workerToken, ...(body === undefined ? {} : { body }) });
  const world: LeaseWorld = {
    hub,
    async project(name, runningQuota = 100) {
      await hub.json("POST", "/v1/projects", { body: { name, runningQuota } });
      return name;
    },
    async joinToken(cluster, fields = {}) {
      const body = { cluster, ...fields };
      return (await hub.json<{ secret: string }>("POST", "/v1/join-tokens", { body })).secret;
    },
    async agent(cluster, fields = {}) {
      const { protocol, ...token } = fields;
      const agent = await createTestAgent(hub, cluster, protocol);
      const answer = await agent.join(await world.joinToken(cluster, token));
      if (!answer.ok) throw new Error(await answer.text());
      return agent;
    },
    async createRun(project, suites, withContent = false) {
      const contentSha256 = withContent ? await uploadContent(hub, project) : null;
      const body = { suites, contentSha256 };
      return (await hub.json<Run>("POST", `/v1/projects/${project}/runs`, { body })).id;
    },
    async startRun(project, suites, withContent) {
      const runId = await world.createRun(project, suites, withContent);
      await world.work();
      return runId;
    },
    async cancelRun(project, runId) {
      await hub.json("POST", `/v1/projects/${project}/runs/${runId}/cancel`);
    },
    run: (project, runId) => hub.json("GET", `/v1/projects/${project}/runs/${runId}`),
    async shards(project, runId) {
      const path = `/v1/projects/${project}/runs/${runId}/shards?limit=200`;
      return (await hub.json<{ items: Shard[] }>("GET", path)).items;
    },
    async work() {
      for (;;) {
        const claim = { limit: 100, waitSeconds: 0, visibilitySeconds: 30 };
        const { entries } = await post<{ entries: OutboxEntry[] }>("/worker/v1/outbox/claim", claim);
        if (entries.length === 0) return;
        for (const entry of entries) await post(activityOf(entry));
        await post("/worker/v1/outbox/acknowledge", { ids: entries.map(({ id }) => id) });
      }
    },
    tick: () => post("/worker/v1/tick"),
    helper: async ({ leaseId, leaseToken }, method, path, { body, headers, token = leaseToken } = {}) =>
      hub.app.request(`/lease/v1/${leaseId}/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> }),
      }),
    upload: (grant, kind, path, text) =>
      world.helper(grant, "PUT", uploadPath(kind, path), {
        body: text,
        headers: { "upload-offset": "0", "upload-complete": "?1" },
      }),
  };
  return world;
}

export const uploadPath = (kind: string, path: string) =>
  `uploads?kind=${kind}&path=${encodeURIComponent(path)}`;

function activityOf({ kind, runId, suite }: OutboxEntry): string {
  if (kind === "run.created") return `/worker/v1/runs/${runId}/plan`;
  if (kind === "suite.listed") return `/worker/v1/runs/${runId}/suites/${suite}/split`;
  return `/worker/v1/runs/${runId}/settle`;
}

async function uploadContent(hub: TestHub, project: string): Promise<string> {
  const bytes = await archiveOf([{ name: "a.txt", text: "hello" }]);
  const digest = sha256Of(bytes);
  const headers = { "content-type": "application/gzip" };
  await hub.json("PUT", `/v1/projects/${project}/contents/${digest}`, { body: bytes, headers });
  return digest;
}
