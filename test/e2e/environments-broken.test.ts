import type { Environment } from "@seatrial/contracts/environments/environment.ts";
import type { CreateRunInput } from "@seatrial/contracts/runs/run.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeEnvironment, removeByHand, untilState, uploadFiles } from "../support/environments-in-lab.ts";
import { fragileService } from "../support/fragile-service.ts";
import { createKubectl, type Kubectl } from "../support/lab-pods.ts";
import { allResults, canRunLab, type LabStack, openLabStack, untilOver } from "../support/lab-stack.ts";

/** One case that is green in any case, and one that says what the scenario is about. */
const cases = (body: string) => `
import os, time, urllib.request as web
url = os.environ["SEATRIAL_ENVIRONMENT_WEB_URL"]
def ask(path):
    return web.urlopen(url + path, timeout=20).read()
def test_answers():
    assert ask("/")
def test_subject():
${body.replace(/^/gm, "    ")}
`;
/** Tells that it has begun, and is red once another server answers in the place of the first. */
const waitsForItsLoss = `
before = ask("/begun")
now = before
while now in (before, None):
    time.sleep(0.5)
    try:
        now = ask("/")
    except OSError:
        now = None
assert now == before
`;

describe.runIf(canRunLab)("an environment that breaks under a test, on a real cluster", () => {
  let stack: LabStack;
  let kubectl: Kubectl;
  let made: Environment;
  beforeAll(async () => {
    stack = await openLabStack({ environments: {} });
    kubectl = await createKubectl(stack.clusters[0] ?? "");
    const { files, template } = fragileService(stack.images.presets.pytest ?? "");
    made = await makeEnvironment(stack, "preview", template, await uploadFiles(stack, files));
    expect(made, made.reason ?? "").toMatchObject({ state: "ready" });
  });
  afterAll(() => stack?.close());

  async function startRun(body: string) {
    const contentSha256 = await uploadFiles(stack, { "test_app.py": cases(body) });
    const suite = { name: "app", tool: "pytest", image: null, command: null, timeoutSeconds: 120 } as const;
    const input: CreateRunInput = { suites: [suite], contentSha256, environment: { id: made.id } };
    return stack.project.createRun(input);
  }
  async function ended(runId: string) {
    const run = await untilOver(stack.project, runId);
    const [results, shards] = await Promise.all([
      allResults(stack.project, runId),
      stack.project.listShards(runId),
    ]);
    const shard = shards.find(({ kind }) => kind === "test");
    const subject = results.find((result) => result.case.includes("subject"));
    return { run, shard, subject, attempt: shard?.attempts.at(-1), results };
  }
  type End = Awaited<ReturnType<typeof ended>>;

  /** Errored because of the environment, with evidence like this; what was green stays green. */
  function expectBlamed(end: End, evidence: RegExp) {
    const said = JSON.stringify(end, null, 1);
    expect(end.run.state, said).toBe("errored");
    expect(end.run.counts, said).toMatchObject({ passed: 1, failed: 0, errored: 1 });
    expect(end.subject?.outcome, said).toBe("errored");
    expect(end.subject?.message, said).toMatch(/^environment: /);
    expect(end.shard, said).toMatchObject({
      state: "errored",
      reason: expect.stringContaining("environment: "),
    });
    expect(end.attempt?.exit, said).toMatchObject({ reason: "environment_lost" });
    expect(end.attempt?.exit?.evidence.join("\n"), said).toMatch(evidence);
  }
  /** Waits until the case has spoken to the server, by the server's own log. */
  async function untilBegun() {
    const log = ["-n", made.namespace, "logs", "--selector", "app=fragile", "--tail", "-1"];
    await waitUntil(async () => (await kubectl.run(log).catch(() => "")).includes("asked /begun"), 120, 250);
  }

  test("a red case in a sound environment is a failed one", async () => {
    const end = await ended((await startRun("assert ask('/') == b'something else'")).id);
    const said = JSON.stringify(end, null, 1);
    expect(end.run.state, said).toBe("failed");
    expect(end.run.counts, said).toMatchObject({ passed: 1, failed: 1, errored: 0 });
    expect(end.subject, said).toMatchObject({ outcome: "failed" });
    expect(end.subject?.message, said).not.toMatch(/environment/);
    expect(end.attempt?.exit, said).toMatchObject({ reason: "completed" });
  });

  test("a container that restarts under the test is told as the cause", async () => {
    expectBlamed(
      await ended((await startRun("ask('/exit')")).id),
      /restart Pod\/fragile-\S+\/main at .*exit code 3/,
    );
  });

  test("a pod that is deleted under the test is told as the cause, though another has taken its place", async () => {
    const { id } = await startRun(waitsForItsLoss);
    await untilBegun();
    await kubectl.run(["-n", made.namespace, "delete", "pod", "--selector", "app=fragile", "--wait=false"]);
    expectBlamed(await ended(id), /restart Pod\/fragile-\S+ at .*took its place/);
  });

  test("a container that is killed for its memory is told as the cause", async () => {
    expectBlamed(
      await ended((await startRun("ask('/allocate')")).id),
      /oom Pod\/fragile-\S+\/main at .*OOMKilled/,
    );
  });

  test("what broke before a test began does not excuse it", async () => {
    const end = await ended((await startRun("assert ask('/') == b'something else'")).id);
    expect(end.run.state, JSON.stringify(end, null, 1)).toBe("failed");
    expect(end.subject?.outcome).toBe("failed");
  });

  test("an endpoint that answers with something else than asked is not proved, and says what it answered", async () => {
    const { files, template } = fragileService(stack.images.presets.pytest ?? "");
    const contentSha256 = await uploadFiles(stack, files);
    const expose = { web: { port: 8080, ready: { get: "/refused", times: 2 } } };
    await stack.project.updateEnvironment(made.id, {
      template: { ...template, expose, timeoutSeconds: 20 },
      contentSha256,
    });
    const failed = await untilState(stack, made.id, "failed");
    expect(failed.operations.find(({ kind }) => kind === "update")?.failure).toMatchObject({
      code: "not_proved",
      message: expect.stringMatching(/status 503|503/),
    });
    expect(await removeByHand(stack, made.id)).toMatchObject({ state: "deleted", proofComplete: true });
  });
});
