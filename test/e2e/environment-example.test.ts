import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { uploadContent } from "@seatrial/cli/content/upload-content.ts";
import { parseConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import { labLoadBuiltin } from "@seatrial/lab/lab-load.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { untilState } from "../support/environments-in-lab.ts";
import { canRunLab, type LabStack, openLabStack, runToEnd } from "../support/lab-stack.ts";

const folder = join(import.meta.dirname, "../../examples/environment");

describe.runIf(canRunLab)("examples/environment, as it is", () => {
  let stack: LabStack;
  beforeAll(async () => {
    stack = await openLabStack({ environments: {} });
    await labLoadBuiltin("busybox");
  });
  afterAll(() => stack?.close());

  test("its environment comes with its run, its suite passes there, and nothing stays", async () => {
    const { configuration } = parseConfiguration(await readFile(join(folder, "seatrial.yaml"), "utf8"));
    const [environment] = configuration?.environments ?? [];
    if (!configuration || !environment) throw new Error("the example has no environment");
    const { sha256 } = await uploadContent(stack.project, folder);
    const run = await runToEnd(stack.project, {
      suites: configuration.suites,
      contentSha256: sha256,
      environment: { ...environment, contentSha256: sha256 },
    });
    expect(run, run.reason ?? "").toMatchObject({ state: "passed", environment: { owned: true } });
    expect(run.suites[0]).toMatchObject({ counts: { passed: 3, failed: 0, errored: 0 } });
    const gone = await untilState(stack, run.environment?.id ?? "", "deleted", "stuck");
    expect(gone).toMatchObject({ state: "deleted", proofComplete: true });
  });
});
