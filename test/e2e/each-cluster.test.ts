import type { Run } from "@seatrial/contracts/runs/run.ts";
import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uploadFiles } from "../support/environments-in-lab.ts";
import { canRunLab, type LabStack, openLabStack, runToEnd, untilOver } from "../support/lab-stack.ts";

/** One case is red in one cluster alone, whose name the tests are told. */
const testsThatFailIn = (cluster: string) => ({
  "tests/test_greeting.py": `import os


def test_greets():
    assert os.environ["SEATRIAL_CLUSTER"] != ""


def test_pays():
    assert os.environ["SEATRIAL_CLUSTER"] != "${cluster}", "no route to the bank"
`,
});

describe.runIf(canRunLab)("a suite in each of two real clusters", () => {
  let stack: LabStack;
  beforeAll(async () => {
    stack = await openLabStack({ clusters: 2 });
  });
  afterAll(() => stack?.close());

  test("runs its cases in both, says which one is red in one alone, and runs just that again there", async () => {
    const { project, clusters } = stack;
    const [good = "", bad = ""] = clusters.toSorted();
    const contentSha256 = await uploadFiles(stack, testsThatFailIn(bad));
    const suite = { name: "api", tool: "pytest" as const, image: null, command: null, path: "tests" };
    const suites = [{ ...suite, clusters: { each: "cluster" } }];
    const run = await runToEnd(project, { suites, contentSha256 });
    const shards = await project.listShards(run.id);
    const said = JSON.stringify({ run, shards }, null, 1);
    expect(run.state, said).toBe("failed");
    expect(run.suites.map(({ name, origin, state }) => [name, origin, state])).toEqual([
      [`api@${good}`, "api", "passed"],
      [`api@${bad}`, "api", "failed"],
    ]);
    // Listing and tests: each copy in its own cluster, every attempt of it.
    const places = shards.flatMap(({ suite: name, attempts }) =>
      attempts.map(({ cluster }) => `${name} in ${cluster}`),
    );
    expect([...new Set(places)].sort()).toEqual([`api@${good} in ${good}`, `api@${bad} in ${bad}`].sort());

    const found = await project.compareRun(run.id);
    expect(found.suites).toMatchObject([{ suite: "api", cases: 2, equal: 1, different: 1 }]);
    expect(found.suites?.[0]?.columns.map(({ key, redAlone }) => [key, redAlone])).toEqual([
      [good, 0],
      [bad, 1],
    ]);
    expect(found.items).toHaveLength(1);
    expect(found.items[0]?.case).toContain("test_pays");
    expect(found.items[0]?.cells.map(({ outcome }) => outcome)).toEqual(["passed", "failed"]);
    expect(found.items[0]?.cells[1]?.message).toContain("no route to the bank");

    const again = await untilOver(project, (await project.rerunRun(run.id, { failed: true })).id);
    expect(again.suites).toMatchObject([{ name: `api@${bad}`, state: "failed", caseCount: 1 }]);
    const [repeated] = await project.listShards(again.id);
    expect(repeated?.attempts.map(({ cluster }) => cluster)).toEqual([bad]);
  });

  test("a taint keeps work out of a real cluster, and a toleration with a label brings it there", async () => {
    const { project, client, clusters, images } = stack;
    const [open = "", tainted = ""] = clusters.toSorted();
    const there = { name: tainted };
    const command = (where: SuiteSpecInput["clusters"], shards = 1): SuiteSpecInput => ({
      ...{ name: "plain", tool: null, image: images.busybox, command: ["true"], shards },
      ...{ clusters: where, resources: { cpuMillis: 20, memoryBytes: 32 * 1_048_576 } },
    });
    const ranIn = async (run: Run) =>
      (await project.listShards(run.id)).flatMap(({ attempts }) => attempts.map(({ cluster }) => cluster));
    await client.changeCluster(tainted, { taints: [{ key: "gpu", value: null }] });
    const kept = await project.createRun({ suites: [command({ labels: there })] });

    // Younger work passes the one that is kept out: in the open cluster, and in the tainted one by its toleration.
    const anywhere = await runToEnd(project, { suites: [command({}, 4)] });
    expect([anywhere.state, await ranIn(anywhere)]).toEqual(["passed", [open, open, open, open]]);
    const tolerant = command({ labels: there, tolerate: [{ key: "gpu" }] }, 2);
    const stood = await runToEnd(project, { suites: [tolerant] });
    expect([stood.state, await ranIn(stood)]).toEqual(["passed", [tainted, tainted]]);

    const [waiting] = (await project.listPlacement(kept.id)).items;
    const against = waiting?.waiting?.clusters.map((one) => [one.cluster, one.against[0]?.code]);
    expect(against).toEqual([
      [open, "labels"],
      [tainted, "taint"],
    ]);
    await client.changeCluster(tainted, { taints: [] });
    expect((await untilOver(project, kept.id)).state).toBe("passed");
    expect(await ranIn(kept)).toEqual([tainted]);
  });
});
