import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runTypesAndLint } from "./checks.mjs";
import { countTests, formatCounts } from "./count-tests.mjs";
import { listFailures } from "./list-failures.mjs";
import { prepare, root } from "./prepare.mjs";
import { main, run, say, throwIfInterrupted } from "./step.mjs";
import { planTests } from "./test-plan.mjs";

await main(async () => {
  const testArguments = process.argv.slice(2);
  const plan = planTests(testArguments);
  const node = await prepare(plan);
  if (!plan.checks) say("Only the chosen tests run; types and lint are left out.");
  const failedChecks = plan.checks ? await runTypesAndLint(node) : [];
  const counts = await runVitest(node, testArguments);
  if (failedChecks.length > 0) say(`Failed checks: ${failedChecks.join(", ")}.`);
  counts.failed += failedChecks.length;
  process.stdout.write(`${formatCounts(counts)}\n`);
  return counts.failed === 0 ? 0 : 1;
});

async function runVitest(node, testArguments) {
  const folder = mkdtempSync(join(tmpdir(), "seatrial-test-"));
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}` };
  const output = process.stdout.isTTY ? "inherit" : "pipe";
  try {
    const options = { cwd: root, env, output, label: "tests are running" };
    const { exitCode } = await run(node, [vitest, "run", ...reporters, ...testArguments], options);
    throwIfInterrupted();
    for (const failure of listFailures(report, exitCode, root)) say(`Failed: ${failure}`);
    return countTests(report, exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
