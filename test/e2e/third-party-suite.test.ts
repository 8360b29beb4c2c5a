import { join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import { fetchExample } from "@seatrial/cli/demo/fetch-example.ts";
import { chooseSuites, readConfiguration } from "@seatrial/cli/runs/read-suites.ts";
import type { RunResult } from "@seatrial/contracts/runs/result.ts";
import type { Run } from "@seatrial/contracts/runs/run.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { breakSuite } from "../support/break-suite.ts";
import { allResults, canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";
import { junitName, runPytestByHand } from "../support/run-pytest-by-hand.ts";

describe.runIf(canRunLab)("the tests of more-itertools as four shards on a real cluster", () => {
  let stack: LabStack;
  beforeAll(async () => {
    stack = await openLabStack();
  });
  afterAll(() => stack?.close());

  /** What `seatrial run` does in this folder. */
  async function runFolder(folder: string): Promise<{ run: Run; results: RunResult[] }> {
    const suites = chooseSuites(await readConfiguration(join(folder, "seatrial.yaml")), []);
    const { sha256 } = await uploadContent(stack.project, folder);
    const run = await runToEnd(stack.project, { suites, contentSha256: sha256 });
    return { run, results: await allResults(stack.project, run.id) };
  }

  test("have the names and outcomes they have by hand, and no case runs twice or never", async () => {
    const folder = await fetchExample(join(stack.folder, "whole"));
    const byHand = await runPytestByHand(folder, stack.folder);
    const { run, results } = await runFolder(folder);
    expect(run).toMatchObject({ state: "passed", reason: null });
    expect(byHand.size).toBeGreaterThan(300);
    const ours = new Map(results.map((result) => [junitName(result.case), result.outcome]));
    expect(ours).toEqual(byHand);
    expect(results.length, "a case that two shards ran would count twice").toBe(byHand.size);
    const shards = (await stack.project.listShards(run.id)).filter(({ kind }) => kind === "test");
    expect(shards.map(({ index, state }) => [index, state])).toEqual(
      [0, 1, 2, 3].map((index) => [index, "passed"]),
    );
    for (const shard of shards)
      expect(results.filter(({ shardIndex }) => shardIndex === shard.index).length).toBeGreaterThanOrEqual(
        0.15 * byHand.size,
      );
  });

  test("report exactly three broken cases and the one that kills the interpreter", async () => {
    const folder = await fetchExample(join(stack.folder, "broken"));
    const { broken, crashing } = await breakSuite(folder);
    const { run, results } = await runFolder(folder);
    expect(run.state).toBe("failed");
    const method = (result: RunResult) => result.case.split("::").at(-1) ?? "";
    const red = results.filter(({ outcome }) => outcome === "failed");
    expect(red.map(method).sort()).toEqual([...broken].sort());
    for (const result of red) expect(result.message).toContain(`broken on purpose: ${method(result)}`);
    const errored = results.filter(({ outcome }) => outcome === "errored");
    expect(errored.map(method)).toEqual([crashing]);
    expect(errored[0]?.message).toMatch(/interpreter died .*signal 11/);
    expect(run.counts).toMatchObject({ passed: results.length - 4, failed: 3, errored: 1 });
    expect(results.length).toBeGreaterThan(300);
  });
});
