import { join } from "node:path";
import { root } from "./prepare.mjs";
import { formatElapsed, run, say, throwIfInterrupted } from "./step.mjs";

/** Types and lint. Each prints what is wrong; returns the names of those that failed. */
export async function runTypesAndLint(node) {
  const bin = (name) => join(root, "node_modules", ".bin", name);
  const environment = {
    ...process.env,
    PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH ?? ""}`,
    TURBO_TELEMETRY_DISABLED: "1",
  };
  const turbo = ["run", "types", "--output-logs=errors-only", "--no-update-notifier", "--continue"];
  const colors = process.stderr.isTTY ? [] : ["--colors=off"];
  const failed = [];
  if (!(await check("types", bin("turbo"), turbo, environment))) failed.push("types");
  const biome = [join(root, "node_modules/@biomejs/biome/bin/biome"), "check", ...colors, "."];
  if (!(await check("lint", node, biome, environment))) failed.push("lint");
  return failed;
}

/** The architecture test alone, for `npm run check`; `npm test` runs it with all others. */
export async function runArchitectureTest(node) {
  const vitest = [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--project",
    "integration",
    "test/architecture.test.ts",
  ];
  return (await check("architecture", node, vitest, process.env)) ? [] : ["architecture"];
}

async function check(name, program, programArguments, environment) {
  const started = performance.now();
  const options = { output: "quiet", label: `check ${name}`, quietSeconds: 10, cwd: root, env: environment };
  const { exitCode, output } = await run(program, programArguments, options);
  throwIfInterrupted();
  const elapsed = formatElapsed(performance.now() - started);
  if (exitCode === 0) say(`✓ check ${name} (${elapsed})`);
  else say(`${output.trim()}\n✗ check ${name} (${elapsed})`);
  return exitCode === 0;
}
