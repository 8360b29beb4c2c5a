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
});
