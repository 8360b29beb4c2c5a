import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import { chooseSuites, readConfiguration } from "@seatrial/cli/runs/read-suites.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKubectl } from "../support/lab-pods.ts";
import { allResults, canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";
import { networkPolicy } from "../support/policy-probe.ts";

/** A file of node's test runner whose case is red the first time it runs and green from then on. */
const flaky = (counter: string) => `
  import test from "node:test";
  import assert from "node:assert";
  test("answers on the second try", async () => {
    assert.equal(await (await fetch("${counter}")).text(), "2");
  });`;

/** Shards reach DNS and the hub alone: what else tests need is for the cluster's owner to allow. */
function letOutTo(port: number): object {
  const egress = [{ to: [{ ipBlock: { cidr: "10.88.0.1/32" } }], ports: [{ protocol: "TCP", port }] }];
  return networkPolicy("seatrial-work", "counter", { podSelector: {}, policyTypes: ["Egress"], egress });
}

describe.runIf(canRunLab)("presets on a real cluster", () => {
  let stack: LabStack;
  let counter: Server;
  let asked = 0;
  beforeAll(async () => {
    counter = createServer((_request, response) => response.end(String(++asked)));
    await new Promise<void>((resolve) => counter.listen(0, "0.0.0.0", resolve));
    stack = await openLabStack();
    await (await createKubectl("east")).apply(letOutTo((counter.address() as AddressInfo).port));
  });
  afterAll(async () => {
    counter?.close();
    await stack?.close();
  });

  async function runProject(name: string, files: Record<string, string>) {
    const folder = join(stack.folder, name);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const suites = chooseSuites(await readConfiguration(join(folder, "seatrial.yaml")), []);
    const { sha256 } = await uploadContent(stack.project, folder);
    const run = await runToEnd(stack.project, { suites, contentSha256: sha256 });
    const results = await allResults(stack.project, run.id);
    return { run, results, shards: await stack.project.listShards(run.id) };
  }

  test("node: files are spread, a red case is tried again and called flaky when it turns green", async () => {
    const address = `http://10.88.0.1:${(counter.address() as AddressInfo).port}/`;
    const { run, results } = await runProject("node", {
      "seatrial.yaml":
        "version: 1\nsuites:\n  web: {tool: node, path: web, shards: 3, retries: 1, artifacts: ['out/*.txt']}\n",
      "web/sum.test.js": `import test from "node:test"; test("adds", () => {}); test("skips", { skip: true }, () => {});`,
      "web/deep/red.test.mjs": `import test from "node:test"; import fs from "node:fs"; fs.mkdirSync("out", { recursive: true }); fs.writeFileSync("out/seen.txt", "kept"); test("is red", () => { throw new Error("on purpose") });`,
      "web/flaky.test.mjs": flaky(address),
    });
    expect(run.state).toBe("failed");
    expect(run.counts).toEqual({ passed: 2, failed: 1, errored: 0, skipped: 1, flaky: 1 });
    const named = (part: string) => results.find((result) => result.case.includes(part));
    expect(named("adds")).toMatchObject({ outcome: "passed", flaky: false, attemptNumber: 1 });
    expect(named("answers on the second try")).toMatchObject({
      outcome: "passed",
      flaky: true,
      attemptNumber: 2,
    });
    expect(named("is red")).toMatchObject({ outcome: "failed", attemptNumber: 2 });
    expect(named("is red")?.message).toContain("on purpose");
    const artifacts = (await stack.project.listArtifacts(run.id)).items.filter(
      ({ kind }) => kind === "artifact",
    );
    expect(artifacts.map(({ path }) => path)).toContain("out/seen.txt");
    const [kept] = artifacts;
    const bytes = kept && (await stack.project.downloadArtifact(run.id, kept.id));
    expect(await new Response(bytes).text()).toBe("kept");
  });

  test("vitest: files are balanced by their number of cases, and a red case names its file", async () => {
    const cases = (count: number) =>
      Array.from(
        { length: count },
        (_, index) => `test("case ${index}", () => expect(${index}).toBe(${index}));`,
      ).join("\n");
    const head = `import { expect, test } from "vitest";\n`;
    const { run, results, shards } = await runProject("vitest", {
      "package.json": `{"type": "module"}`,
      "seatrial.yaml":
        "version: 1\nsuites:\n  unit: {tool: vitest, shards: 2, resources: {cpu: '1', memory: 1Gi}}\n",
      "src/large.test.js": head + cases(6),
      "src/one.test.js": head + cases(3),
      "src/two.test.js": `${head}${cases(2)}\ntest("is red", () => expect("got").toBe("wanted"));`,
    });
    expect(run).toMatchObject({ state: "failed", counts: { passed: 11, failed: 1, errored: 0 } });
    const red = results.filter(({ outcome }) => outcome === "failed");
    expect(red.map((result) => result.case)).toEqual([expect.stringMatching(/two\.test\.js.*is red/)]);
    const sizes = shards
      .filter(({ kind }) => kind === "test")
      .map(({ counts }) => counts.passed + counts.failed);
    expect(sizes).toEqual([6, 6]);
  });

  test("a plan that would leave a shard empty is an error and runs nothing", async () => {
    const { run, shards } = await runProject("empty", {
      "seatrial.yaml": "version: 1\nsuites:\n  web: {tool: node, shards: 3}\n",
      "only.test.js": `import test from "node:test"; test("one", () => {});`,
    });
    expect(run.state).toBe("errored");
    expect(run.suites[0]?.reason).toMatch(/1 .*3 shards/);
    expect(shards.filter(({ kind }) => kind === "test")).toEqual([]);
  });
});
