import { projects } from "@seatrial/hub/database/schema/projects.ts";
import { workItems } from "@seatrial/hub/database/schema/work.ts";
import { count, eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { commandSuite, createLeaseWorld, type LeaseWorld } from "../../support/lease-world.ts";
import type { ShardClaim, TestAgent } from "../../support/test-agent.ts";
import { createTestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const agentCount = 8;
const quotas = { one: 4, two: 7 } as const;
/** Of each project. */
const shards = 48;

/** Only a real server runs transactions side by side; PGlite has one connection. */
const postgres = databases.filter(({ name }) => name === "PostgreSQL");

describe.each(postgres)("8 agents that claim at once on $name", (database) => {
  let world: LeaseWorld;
  let agents: TestAgent[];
  beforeAll(async () => {
    world = createLeaseWorld(await createTestHub(database));
    const names = Array.from({ length: agentCount }, (_, index) => `cluster-${index}`);
    agents = await Promise.all(names.map((name) => world.agent(name, { labels: { name } })));
    for (const [project, quota] of Object.entries(quotas)) {
      await world.project(project, quota);
      // Half of the work fits one cluster each: claims that choose different items are what breaks a quota.
      const own = names.map((name) =>
        commandSuite({ name, shards: shards / 2 / agentCount, clusters: { labels: { name } } }),
      );
      await world.startRun(project, [commandSuite({ shards: shards / 2 })]);
      await Promise.all(own.map((suite) => world.createRun(project, [suite])));
      await world.work();
    }
  });
  afterAll(() => world.hub.close());

  /** Leases that are held right now, by project: one statement, so one moment. */
  async function heldByProject(): Promise<Record<string, number>> {
    const rows = await world.hub.deps.database
      .select({ name: projects.name, held: count() })
      .from(workItems)
      .innerJoin(projects, eq(projects.id, workItems.projectId))
      .where(eq(workItems.state, "leased"))
      .groupBy(projects.name);
    return Object.fromEntries(rows.map(({ name, held }) => [name, held]));
  }

  it("never exceed a quota, are never given the same attempt, and use the quota up", async () => {
    const granted: string[] = [];
    const most: Record<string, number> = { one: 0, two: 0 };
    const mine = new Map<TestAgent, string[]>(agents.map((agent) => [agent, []]));
    for (let round = 0; granted.length < 2 * shards && round < 200; round += 1) {
      const answers = await Promise.all(
        agents.map(async (agent) => ({
          agent,
          answer: await agent.claim({ slotsFree: 5, running: mine.get(agent) ?? [] }),
        })),
      );
      for (const { agent, answer } of answers) {
        mine.get(agent)?.push(...answer.leases.map(({ leaseId }) => leaseId));
        granted.push(...answer.leases.map(({ work }) => work.attemptId));
      }
      const byProject = await heldByProject();
      for (const [name, quota] of Object.entries(quotas)) {
        expect(byProject[name] ?? 0).toBeLessThanOrEqual(quota);
        most[name] = Math.max(most[name] ?? 0, byProject[name] ?? 0);
      }
      await finishSome(round);
    }
    expect(granted).toHaveLength(2 * shards);
    expect(new Set(granted).size).toBe(2 * shards);
    expect(most).toEqual(quotas);

    /** Half of the agents finish while others claim again: quota frees under way. */
    async function finishSome(round: number): Promise<void> {
      await Promise.all(
        agents.map(async (agent, index) => {
          if ((index + round) % 2 === 0) return;
          const leases = mine.get(agent) ?? [];
          mine.set(agent, []);
          for (const lease of leases) expect((await agent.finish(lease)).status).toBe(200);
        }),
      );
    }
  });
});

describe.each(postgres)("a claim that is held on $name", (database) => {
  let world: LeaseWorld;
  beforeEach(async () => {
    world = createLeaseWorld(await createTestHub(database));
  });
  afterEach(() => world.hub.close());

  it("is given the work of other projects at once while another claim has one project locked", async () => {
    for (const project of ["busy", "free"]) {
      await world.project(project);
      await world.startRun(project, [commandSuite()]);
    }
    const agent = await world.agent("east");
    const { hub } = world;
    const [busy] = await hub.deps.database.select().from(projects).where(eq(projects.name, "busy"));
    const claimTwice = async () => {
      const first = await agent.claim({ slotsFree: 5, waitSeconds: 20 });
      return { first, second: agent.claim({ slotsFree: 5, waitSeconds: 20, running: idsOf(first) }) };
    };
    const { first, second } = await hub.deps.database.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${busy?.id}, 0))`);
      return claimTwice();
    });
    expect(projectsOf(first)).toEqual(["free"]);
    expect(projectsOf(await second)).toEqual(["busy"]);
  });

  it("goes without nothing, however many ask at the same moment", async () => {
    await world.project("shop");
    const names = Array.from({ length: agentCount }, (_, index) => `cluster-${index}`);
    const agents = await Promise.all(names.map((name) => world.agent(name)));
    const claims = agents.map((agent) => agent.claim({ slotsFree: 1, waitSeconds: 20 }));
    await world.startRun("shop", [commandSuite({ shards: agentCount })]);
    const answers = await Promise.all(claims);
    expect(answers.map(({ leases }) => leases.length)).toEqual(names.map(() => 1));
  });
});

const idsOf = ({ leases }: ShardClaim) => leases.map(({ leaseId }) => leaseId);
const projectsOf = ({ leases }: ShardClaim) => leases.map(({ work }) => work.project);
