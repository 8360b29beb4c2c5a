import { newId } from "@seatrial/contracts/ids.ts";
import { type SuiteSpecInput, suiteSpecSchema } from "@seatrial/contracts/suites/suite-spec.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { hashSecret, newSecret } from "@seatrial/hub/auth/secrets.ts";
import { clusters, joinTokens } from "@seatrial/hub/database/schema/clusters.ts";
import { contents, projects } from "@seatrial/hub/database/schema/projects.ts";
import { runSuites, runs } from "@seatrial/hub/database/schema/runs.ts";
import { transact } from "@seatrial/hub/database/transact.ts";
import { outboxChannel, workChannel } from "@seatrial/hub/notifications/channels.ts";
import { writeOutboxEntry } from "@seatrial/hub/outbox/write-outbox-entry.ts";
import { eq } from "drizzle-orm";
import { createTestAgent, type TestAgent } from "./test-agent.ts";
import { type TestHub, workerToken } from "./test-hub.ts";

const actor = { kind: "token" as const, id: "t-test", name: "test" };

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

export type NewRun = { suites: SuiteSpecInput[]; content?: boolean };

/** Everything a test of the lease protocol needs around it, made straight in the hub's database. */
export type LeaseWorld = {
  readonly hub: TestHub;
  project(name: string, runningQuota?: number): Promise<string>;
  joinToken(
    cluster: string,
    fields?: { labels?: Record<string, string>; projectIds?: string[]; expiresInSeconds?: number },
  ): Promise<string>;
  /** An agent that has joined a new cluster. */
  agent(cluster: string, fields?: Parameters<LeaseWorld["joinToken"]>[1]): Promise<TestAgent>;
  /** A run as the user's API makes it: rows and outbox entry. */
  createRun(projectId: string, run: NewRun): Promise<string>;
  cancelRun(runId: string): Promise<void>;
  /** What the worker does with everything in the outbox, until it is empty. */
  work(): Promise<void>;
  tick(): Promise<{ handedBack: number; lost: number; nextDueInSeconds: number | null; compacted: number }>;
  runState(runId: string): Promise<string>;
};

export function createLeaseWorld(hub: TestHub): LeaseWorld {
  const { database } = hub.deps;
  const post = <Answer>(path: string, body?: unknown) =>
    hub.json<Answer>("POST", path, { token: workerToken, body });
  const world: LeaseWorld = {
    hub,
    async project(name, runningQuota = 100) {
      const id = newId("project");
      await database.insert(projects).values({ id, name, runningQuota, createdAt: hub.clock.now() });
      return id;
    },
    async joinToken(name, { labels = {}, projectIds, expiresInSeconds = 3_600 } = {}) {
      const createdAt = hub.clock.now();
      const [known] = await database.select().from(clusters).where(eq(clusters.name, name));
      const id = known?.id ?? newId("cluster");
      if (known === undefined)
        await database
          .insert(clusters)
          .values({ id, name, labels, projectIds: projectIds ?? null, createdAt });
      const secret = newSecret("sj");
      await database.insert(joinTokens).values({
        id: newId("joinToken"),
        secretSha256: hashSecret(secret),
        clusterId: id,
        role: "agent",
        createdAt,
        expiresAt: new Date(createdAt.getTime() + expiresInSeconds * 1_000),
      });
      return secret;
    },
    async agent(cluster, fields) {
      const agent = await createTestAgent(hub, cluster);
      const answer = await agent.join(await world.joinToken(cluster, fields));
      if (!answer.ok) throw new Error(await answer.text());
      return agent;
    },
    createRun: (projectId, run) => insertRun(hub, projectId, run),
    async cancelRun(runId) {
      const at = hub.clock.now();
      await transact(hub.deps, async (tx, wake) => {
        const [run] = await tx
          .update(runs)
          .set({ cancelRequestedAt: at })
          .where(eq(runs.id, runId))
          .returning();
        if (run === undefined) throw new Error(`no run ${runId}`);
        await writeOutboxEntry(tx, { kind: "run.cancel_requested", projectId: run.projectId, runId, at });
        wake(outboxChannel, workChannel);
      });
    },
    async work() {
      for (;;) {
        const claim = { limit: 100, waitSeconds: 0, visibilitySeconds: 30 };
        const { entries } = await post<{ entries: OutboxEntry[] }>("/worker/v1/outbox/claim", claim);
        if (entries.length === 0) return;
        for (const { kind, runId, suite } of entries) {
          if (kind === "run.created") await post(`/worker/v1/runs/${runId}/plan`);
          else if (kind === "suite.listed") await post(`/worker/v1/runs/${runId}/suites/${suite}/split`);
          else await post(`/worker/v1/runs/${runId}/settle`);
        }
        await post("/worker/v1/outbox/acknowledge", { ids: entries.map(({ id }) => id) });
      }
    },
    tick: () => post("/worker/v1/tick"),
    async runState(runId) {
      const [run] = await database.select({ state: runs.state }).from(runs).where(eq(runs.id, runId));
      return run?.state ?? "missing";
    },
  };
  return world;
}

async function insertRun(
  hub: TestHub,
  projectId: string,
  { suites, content = true }: NewRun,
): Promise<string> {
  const at = hub.clock.now();
  const runId = newId("run");
  await transact(hub.deps, async (tx, wake) => {
    const contentId = content ? newId("content") : null;
    if (contentId !== null)
      await tx.insert(contents).values({
        id: contentId,
        projectId,
        sha256: contentId,
        bytes: 1,
        blobKey: `contents/${projectId}/${contentId}`,
        createdAt: at,
      });
    await tx
      .insert(runs)
      .values({ id: runId, projectId, state: "queued", contentId, createdBy: actor, createdAt: at });
    await tx.insert(runSuites).values(
      suites.map((suite, position) => {
        const spec = suiteSpecSchema.parse(suite);
        return {
          id: newId("suite"),
          runId,
          projectId,
          position,
          name: spec.name,
          spec,
          state: "queued" as const,
        };
      }),
    );
    await writeOutboxEntry(tx, { kind: "run.created", projectId, runId, at });
    wake(outboxChannel);
  });
  return runId;
}
