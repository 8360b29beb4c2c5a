import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { loadWorkflowBundle } from "@seatrial/workflows/temporal/workflow-bundle.ts";
import * as workflows from "@seatrial/workflows/workflow-entry.ts";
import { Worker } from "@temporalio/worker";
import { DeterminismViolationError } from "@temporalio/workflow";
import { beforeAll, expect, test } from "vitest";
import { fixtureKey, History, historiesFolder } from "../../support/record-histories.ts";
import { testCacheFolder } from "../../support/test-worker.ts";

let codePath: string;
beforeAll(async () => {
  codePath = await loadWorkflowBundle(testCacheFolder);
});

const files = (await readdir(historiesFolder)).filter((name) => name.endsWith(".history"));

const read = async (file: string) => History.decode(await readFile(join(historiesFolder, file)));

async function replay(file: string, path = codePath): Promise<void> {
  const history = await read(file);
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: path }, dataConverter: createDataConverter([fixtureKey]) },
    history,
    file.replace(/\..*/, "").replace("-", "/"),
  );
}

const recordings: Record<string, string[]> = {
  runWorkflow: ["run-r-1", "run-r-2", "run-r-3"],
  environmentWorkflow: ["environment-e-1", "environment-e-3"],
  scheduleWorkflow: ["schedule-s-1", "schedule-s-3"],
  firingWorkflow: ["firing-s-2", "firing-s-4"],
  pullRequestWorkflow: ["pull-request-p-1", "pull-request-p-3"],
  repositoryWorkflow: ["repository-rp-2", "repository-rp-4"],
};

test("every workflow has recordings, some of executions that went on as new ones", async () => {
  expect(Object.keys(recordings).sort()).toEqual(Object.keys(workflows).sort());
  for (const start of Object.values(recordings).flat())
    expect(
      files.some((name) => name.startsWith(start)),
      start,
    ).toBe(true);
  const ends = await Promise.all(files.map(async (file) => (await read(file)).events?.at(-1)));
  const continued = ends.filter((event) => event?.workflowExecutionContinuedAsNewEventAttributes);
  expect(continued.length).toBeGreaterThanOrEqual(4);
});

test.each(files)("%s, recorded earlier, goes on with the code of today", async (file) => {
  await replay(file);
});

/** The bundle with one thing in it changed, as a file of its own. */
async function changeCode(name: string, change: (code: string) => string): Promise<string> {
  const code = await readFile(codePath, "utf8");
  const changed = change(code);
  expect(changed).not.toBe(code);
  const path = join(testCacheFolder, `${name}-${process.pid}.js`);
  await writeFile(path, changed);
  return path;
}

test.each(files)("%s does not go on with code that does other things first", async (file) => {
  // The first thing that each workflow asks is another one.
  const path = await changeCode("other", (code) =>
    code.replaceAll(
      /hub\.(readRun|readEnvironment|readSchedule|fireSchedule|readPullRequest|readRepository)\(/g,
      "hub.planRun(",
    ),
  );
  await expect(replay(file, path)).rejects.toThrow(DeterminismViolationError);
});

/** A timer before each look, as somebody might add it. */
const addTimer = (timer: string) => (code: string) =>
  code.replaceAll(
    /(?:looks\.begin\(\);|if \(looks\.begin\(\)\))(?=[\s\S]{0,300}?\(0,(\w+)\.workflowInfo\))/g,
    (begin, sdk: string) => `${timer} ${begin}`.replaceAll("SDK", sdk),
  );
const looking = files.filter((file) => !file.startsWith("firing-"));

test.each(looking)("%s does not go on with one more timer, and does where it is patched", async (file) => {
  const unpatched = await changeCode("timer", addTimer("await (0,SDK.sleep)(1);"));
  await expect(replay(file, unpatched)).rejects.toThrow(DeterminismViolationError);
  const patched = await changeCode(
    "patched",
    addTimer('if ((0,SDK.patched)("timer")) await (0,SDK.sleep)(1);'),
  );
  await replay(file, patched);
});
