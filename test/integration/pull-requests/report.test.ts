import type { PullRequestReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { isReportDue } from "@seatrial/hub/checks/read-report.ts";
import { projects } from "@seatrial/hub/database/schema/projects.ts";
import {
  pullRequestCommits,
  pullRequestEnvironments,
  pullRequestRuns,
  pullRequests,
} from "@seatrial/hub/database/schema/pull-requests.ts";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { createEnvironmentWorld, type EnvironmentWorld } from "../../support/environment-world.ts";
import { problemOf } from "../../support/hub-fixtures.ts";
import { commandSuite } from "../../support/lease-world.ts";
import { createTestHub, workerToken } from "../../support/test-hub.ts";
import type { TestProvisioner } from "../../support/test-provisioner.ts";

stopServerAfterTests();

const sha = "4f2c1e9a".repeat(5);
const pullRequestId = "pr-aaaaaaaaaaaaaaaa";
const path = `/worker/v1/pull-requests/${pullRequestId}`;
const endpoint = { name: "web", reach: "network" as const, url: "http://10.1.2.3:30080", host: "10.1.2.3" };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: "preview",
  name: "web",
  uid: "uid-1",
};
const report = `<testsuite>
  <testcase name="a"/>
  <testcase name="b" file="tests/b.py" line="7"><failure message="expected 1, got 2"/></testcase>
</testsuite>`;

describe.each(databases)("what the forge is told of a pull request on $name", (database) => {
  let world: EnvironmentWorld;
  let east: TestProvisioner;
  let runId: string;
  let environmentId: string;

  beforeEach(async () => {
    world = createEnvironmentWorld(await createTestHub(database));
    await world.project("shop");
    east = await world.provisioner("east");
    runId = await redRun();
    environmentId = await readyEnvironment();
    await addPullRequest();
  });
  afterEach(() => world.hub.close());

  async function readyEnvironment(): Promise<string> {
    const { id } = await world.start("shop");
    const grant = await east.take();
    const endpoints = [{ ...endpoint, port: 30_080, provedAt: null }];
    await east.finish(grant.leaseId, { objects: [deployment], endpoints });
    return id;
  }

  async function redRun(): Promise<string> {
    const { leases } = world;
    const agent = await leases.agent("west");
    const suite = commandSuite({ reports: { junit: ["report.xml"] } });
    const id = await leases.startRun("shop", [suite]);
    const { leases: grants } = await agent.claim();
    for (const grant of grants) {
      await agent.acknowledge([grant.leaseId]);
      await leases.upload(grant, "junit", "report.xml", report);
      await agent.finish(grant.leaseId, { exitCode: 1 });
    }
    await leases.work();
    return id;
  }

  async function addPullRequest(): Promise<void> {
    const { hub } = world;
    const body = { name: "acme/shop", installationId: 7 };
    const repository = await hub.json<{ id: string }>("POST", "/v1/projects/shop/repositories", { body });
    const at = hub.clock.now();
    const [project] = await hub.deps.database.select().from(projects);
    if (project === undefined) throw new Error("there is no project");
    const common = { pullRequestId, projectId: project.id, sha, createdAt: at };
    await hub.deps.database.insert(pullRequests).values({
      ...{ id: pullRequestId, projectId: project.id, repositoryId: repository.id, number: 12, state: "open" },
      ...{
        draft: false,
        title: "Rename greeting",
        author: "alice",
        labels: [],
        baseBranch: "main",
        baseSha: sha,
      },
      ...{ headBranch: "greeting", headSha: sha, headRepository: "acme/shop", fork: false },
      ...{ forgeUpdatedAt: at, createdAt: at, updatedAt: at },
    });
    await hub.deps.database.insert(pullRequestCommits).values({
      ...{ ...common, number: 1, state: "failed", baseSha: sha, endedAt: at },
      configuration: { version: 1, suites: [], environments: [], runs: [] },
      changedFiles: [{ path: "app.yaml", line: 3 }],
    });
    await hub.deps.database.insert(pullRequestRuns).values({ ...common, name: "main", attempt: 1, runId });
    await hub.deps.database
      .insert(pullRequestEnvironments)
      .values({ ...common, name: "preview", environmentId });
  }

  const read = () => world.hub.json<PullRequestReport>("GET", `${path}/report`, { token: workerToken });
  const tell = (body: object) => world.hub.json("POST", `${path}/reported`, { token: workerToken, body });
  const isDue = () => isReportDue(world.hub.deps.database, pullRequestId);

  it("is its check with what is red and where, its comment and its deployment", async () => {
    const { repository, number, checks, comment, deployments } = await read();
    expect({ repository: { ...repository, repositoryId: "" }, number }).toEqual({
      repository: { repositoryId: "", name: "acme/shop", installationId: 7 },
      number: 12,
    });
    expect(checks).toMatchObject([
      {
        ...{ sha, checkRunId: null, name: "Seatrial", status: "completed", conclusion: "failure" },
        title: "1 passed, 1 failed",
        annotations: [{ path: "tests/b.py", startLine: 7, message: "expected 1, got 2" }],
      },
    ]);
    expect(checks[0]?.summary).toBe(`- ✗ \`api\` command 1/2 · \`west\` 1

- \`api › tests/b.py › b\`: \`expected 1, got 2\` at \`tests/b.py:7\`, on \`west\`, attempt 1

Changed here: \`app.yaml:3\`

- Environment \`preview\` in \`east\` is ready at <http://10.1.2.3:30080>, until 2030-01-01 04:00 UTC

Once more: comment \`/seatrial rerun\`, or run \`seatrial runs rerun ${runId.slice(0, 8)} --failed\``);
    expect(comment?.body).toContain("**failed**: `1 passed, 1 failed`");
    expect(comment?.body.split("\n")).toContain(comment?.marker);
    expect(deployments).toMatchObject([
      { environmentId, name: "pr-12/preview", sha, state: "success", url: "http://10.1.2.3:30080" },
    ]);
  });

  it("is told part by part, and then not again until something changes: the removal, with its proof", async () => {
    const { checks, comment, deployments } = await read();
    const [check] = checks;
    const [preview] = deployments;
    expect(await isDue()).toBe(true);
    const checkRun = { sha, checkRunId: 1, digest: check?.digest };
    await tell({ checks: [checkRun], comment: null, deployments: [] });
    expect(await read()).toMatchObject({ checks: [], comment: { commentId: null }, deployments: [{ sha }] });
    const shown = { environmentId, sha, deploymentId: 3, digest: preview?.digest };
    await tell({ checks: [], comment: { commentId: 2, digest: comment?.digest }, deployments: [shown] });
    expect(await read()).toMatchObject({ checks: [], comment: null, deployments: [] });
    expect(await isDue()).toBe(false);

    await world.takeDown(east, "shop", environmentId);
    expect(await isDue()).toBe(true);
    const gone = await read();
    expect(gone).toMatchObject({
      checks: [{ checkRunId: 1 }],
      comment: { commentId: 2 },
      deployments: [{ deploymentId: 3, state: "inactive", url: null }],
    });
    const proof = `is removed: 1 objects seen gone, 0 left. Proof: \`seatrial env proof ${environmentId.slice(0, 8)}\``;
    expect(gone.comment?.body).toContain(proof);
    expect(gone.checks[0]?.summary).toContain(proof);
  });

  it("calls an environment ready for a commit only once that commit stands there", async () => {
    const template = { components: [{ name: "web", kind: "manifests", path: "app.yaml" }] };
    const { contentSha256 } = await world.show("shop", environmentId);
    await world.wish("shop", environmentId, "update", { template, contentSha256 });
    const { deployments, comment } = await read();
    expect(deployments).toMatchObject([{ state: "in_progress", url: null }]);
    expect(comment?.body).toContain("Environment `preview` in `east` is being brought to this commit");
  });

  it("is nothing once the repository is not connected any more, and nobody but the worker may ask", async () => {
    const { database: rows } = world.hub.deps;
    const problem = await problemOf(await world.hub.call("GET", `${path}/report`));
    expect(problem.status).toBe(403);
    const [row] = await rows.select().from(pullRequests).where(eq(pullRequests.id, pullRequestId));
    await world.hub.call("DELETE", `/v1/projects/shop/repositories/${row?.repositoryId}`);
    expect(await isDue()).toBe(false);
    const answer = await world.hub.call("GET", `${path}/report`, { token: workerToken });
    expect((await problemOf(answer)).code).toBe("not_found");
  });
});
