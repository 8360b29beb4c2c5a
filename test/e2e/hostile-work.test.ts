import type { SuiteSpecInput } from "@seatrial/contracts/suites/suite-spec.ts";
import { runCommand } from "@seatrial/lab/base/run-command.ts";
import { labKubeconfig } from "@seatrial/lab/lab-kubeconfig.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allResults, canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";

/** A hundred million entities from a kilobyte, if a parser expands them. */
const entityBomb = `<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>`;
const truncated = `<testsuite name="cut"><testcase name="one"/><testcase name="tw`;
const whole = `<testsuite name="whole"><testcase classname="c" name="green"/></testsuite>`;

describe.runIf(canRunLab)("work that is hostile or broken, on a real cluster", () => {
  let stack: LabStack;
  beforeAll(async () => {
    stack = await openLabStack({ slots: 4 });
  });
  afterAll(() => stack?.close());

  const suite = (name: string, script: string, more: Partial<SuiteSpecInput> = {}): SuiteSpecInput => ({
    name,
    tool: null,
    image: stack.images.busybox,
    command: ["sh", "-c", script],
    infrastructureRetries: 0,
    ...more,
  });
  const writing = (name: string, xml: string) =>
    suite(name, `cd $SEATRIAL_WORK && cat > report.xml <<'END'\n${xml}\nEND`, {
      reports: { junit: ["*.xml"] },
    });

  async function run(suites: SuiteSpecInput[]) {
    const ended = await runToEnd(stack.project, { suites });
    const shards = await stack.project.listShards(ended.id);
    const told = Object.fromEntries(
      shards.map(({ suite: name, state, attempts, reason }) => {
        const exit = attempts.at(-1)?.exit;
        return [
          name,
          {
            state,
            reason: exit?.reason,
            text: `${reason ?? ""} ${exit?.message ?? ""}`,
            attempts: attempts.length,
          },
        ];
      }),
    );
    return { ended, told };
  }

  test("each end that is not the tests' own word is errored, says why, and is not tried in vain", async () => {
    const { ended, told } = await run([
      suite("no-image", "true", { image: "10.88.0.1:5000/no/such:image", infrastructureRetries: 3 }),
      suite("no-end", "sleep 600", { timeoutSeconds: 3, infrastructureRetries: 3 }),
      suite("no-program", "true", { command: ["/no/such/program"], infrastructureRetries: 3 }),
      suite("hungry", "x=$(head -c 200000000 /dev/zero | tr '\\0' a); echo $x | wc -c", {
        resources: { cpuMillis: 250, memoryBytes: 16 * 1_048_576 },
        infrastructureRetries: 3,
      }),
      suite("red", "exit 3"),
      suite("green", "true"),
    ]);
    expect(told).toMatchObject({
      "no-image": { state: "errored", reason: "image_missing", attempts: 1 },
      "no-end": { state: "errored", reason: "deadline", attempts: 1 },
      "no-program": { state: "errored", reason: "bad_command", attempts: 1 },
      hungry: { state: "errored", reason: "out_of_memory", attempts: 1 },
      red: { state: "failed", reason: "completed", attempts: 1 },
      green: { state: "passed", reason: "completed", attempts: 1 },
    });
    for (const name of ["no-image", "no-end", "no-program", "hungry"])
      expect(told[name]?.text.trim(), name).not.toBe("");
    expect(ended.state, "a red suite makes the run red, whatever else could not be told").toBe("failed");
  });

  test("reports that are bombs, cut off or 100 MB long are refused by name, and a good one beside them counts", async () => {
    const huge = `cd $SEATRIAL_WORK && { echo '<testsuite><system-out>'; head -c 104857600 /dev/zero | tr '\\0' a; echo '</system-out></testsuite>'; } > report.xml`;
    const { ended, told } = await run([
      writing("bomb", entityBomb),
      writing("cut", truncated),
      suite("huge", huge, { reports: { junit: ["*.xml"] } }),
      writing("whole", whole),
    ]);
    expect(told).toMatchObject({
      bomb: { state: "errored", text: expect.stringMatching(/report\.xml/) },
      cut: { state: "errored", text: expect.stringMatching(/report\.xml/) },
      huge: { state: "errored", text: expect.stringMatching(/report\.xml/) },
      whole: { state: "passed" },
    });
    const results = await allResults(stack.project, ended.id);
    expect(results.map((result) => [result.suite, result.outcome])).toEqual([["whole", "passed"]]);
  });

  test("50 MB in one line are kept up to the limit, with a record of what is missing", async () => {
    const { ended, told } = await run([
      suite("loud", "head -c 52428800 /dev/zero | tr '\\0' a; echo; echo end"),
    ]);
    expect(told.loud).toMatchObject({ state: "passed" });
    const shards = await stack.project.listShards(ended.id);
    const kept = shards[0]?.attempts[0]?.logBytes ?? 0;
    expect(kept).toBeGreaterThan(1_000_000);
    expect(kept).toBeLessThanOrEqual(17 * 1_048_576);
    let cursor: string | undefined;
    const gaps: string[] = [];
    do {
      const page = await stack.project.listLogs(ended.id, { limit: 200, ...(cursor ? { cursor } : {}) });
      gaps.push(...page.items.flatMap(({ gap }) => gap ?? []));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(gaps.join("\n")).toMatch(/\d/);
  });

  test("nothing of all this is left in the cluster", async () => {
    const { path } = await labKubeconfig(stack.clusters[0] ?? "");
    const { path: kubectl } = await findTool("kubectl");
    const listing = ["--kubeconfig", path, "-n", "seatrial-work", "get", "pods", "-o", "name"];
    await expect.poll(() => runCommand(kubectl, listing), { timeout: 60_000 }).toBe("");
  });
});
