import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createDataConverter } from "@seatrial/workflows/temporal/data-converter.ts";
import { loadWorkflowBundle } from "@seatrial/workflows/temporal/workflow-bundle.ts";
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

async function replay(file: string, path = codePath): Promise<void> {
  const history = History.decode(await readFile(join(historiesFolder, file)));
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: path }, dataConverter: createDataConverter([fixtureKey]) },
    history,
    file.replace(/\..*/, "").replace("-", "/"),
  );
}

test("there are recordings of both workflows", () => {
  for (const kind of ["run-", "environment-"]) expect(files.some((name) => name.startsWith(kind))).toBe(true);
});

test.each(files)("%s, recorded earlier, goes on with the code of today", async (file) => {
  await replay(file);
});

test.each(files)("%s does not go on with code that does other things first", async (file) => {
  const code = await readFile(codePath, "utf8");
  const changed = join(testCacheFolder, `changed-${process.pid}.js`);
  // The first thing that both workflows ask is another one.
  await writeFile(changed, code.replaceAll(/hub\.(readRun|readEnvironment)\(/g, "hub.planRun("));
  await expect(replay(file, changed)).rejects.toThrow(DeterminismViolationError);
});
