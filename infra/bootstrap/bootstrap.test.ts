import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countTests, formatCounts } from "./count-tests.mjs";
import { listFailures } from "./list-failures.mjs";
import { chooseLab } from "./machine.mjs";
import { isInstalled } from "./npm-packages.mjs";
import { formatElapsed } from "./step.mjs";
import { planTests } from "./test-plan.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function report(change: object) {
  const file = join(folder, "report.json");
  const empty = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };
  writeFileSync(file, JSON.stringify({ ...empty, ...change }));
  return file;
}

describe("the last line of a test run", () => {
  const line = (file: string, exitCode: number) => formatCounts(countTests(file, exitCode));

  test("counts tests, and those to do as skipped", () => {
    const file = report({ numPassedTests: 12, numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 });
    expect(line(file, 1)).toBe("12 passed, 2 failed, 4 skipped");
  });
  test("a file that could not be loaded counts as one failure", () => {
    const testResults = [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{ status: "failed" }] },
      { status: "passed", assertionResults: [{ status: "passed" }] },
    ];
    expect(line(report({ numPassedTests: 1, numFailedTests: 1, testResults }), 1)).toBe(
      "1 passed, 2 failed, 0 skipped",
    );
  });
  test("a run that ended badly although every test passed counts as one failure", () => {
    expect(line(report({ numPassedTests: 5 }), 1)).toBe("5 passed, 1 failed, 0 skipped");
  });
  test("a run without a readable report counts as one failure", () => {
    expect(line(join(folder, "none.json"), 0)).toBe("0 passed, 1 failed, 0 skipped");
  });
});

describe("what a test run says of its failures", () => {
  const list = (file: string, exitCode: number) => listFailures(file, exitCode, "/repo");

  test("is a line for each test, and for each file that could not be loaded", () => {
    const testResults = [
      {
        name: "/repo/test/a.test.ts",
        status: "failed",
        assertionResults: [
          { status: "passed", fullName: "one" },
          {
            status: "failed",
            fullName: "a thing is so",
            failureMessages: ["Error: it is not\n    at there"],
          },
        ],
      },
      { name: "/repo/test/b.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    ];
    expect(list(report({ testResults }), 1)).toEqual([
      "test/a.test.ts > a thing is so: Error: it is not",
      "test/b.test.ts: no such module",
    ]);
  });
  test("is nothing after a good run", () => {
    expect(list(report({ numPassedTests: 5 }), 0)).toEqual([]);
  });
  test("names an end that no test accounts for", () => {
    expect(list(report({ numPassedTests: 5 }), 1)[0]).toContain("every test passed");
    expect(list(join(folder, "none.json"), 137)).toEqual(["vitest left no report and ended with 137"]);
  });
});

describe("what a test run needs", () => {
  test.each([
    [[], { checks: true, lab: true, database: true }],
    [["--project", "unit", "hub"], { checks: false, lab: false, database: false }],
    [["--project=integration"], { checks: false, lab: false, database: true }],
    [["--project", "unit", "--project", "e2e"], { checks: false, lab: true, database: true }],
    [["hub/src/runs"], { checks: false, lab: false, database: false }],
    [["test/e2e/run.test.ts"], { checks: false, lab: true, database: true }],
    [["-t", "test/e2e"], { checks: false, lab: true, database: true }],
  ])("for the arguments %j", (words, plan) => {
    expect(planTests(words)).toEqual(plan);
  });
});

describe("where clusters can run", () => {
  test("with Docker in Docker, as root on Linux directly", () => {
    expect(chooseLab({ docker: true, platform: "darwin", isRoot: false })).toBe("docker");
    expect(chooseLab({ docker: true, platform: "linux", isRoot: true })).toBe("docker");
    expect(chooseLab({ docker: false, platform: "linux", isRoot: true })).toBe("native");
  });
  test("otherwise the error says what cannot run and what can", () => {
    expect(() => chooseLab({ docker: false, platform: "linux", isRoot: false })).toThrow(
      /demo.*end-to-end.*benchmarks cannot run.*run as root.*--project unit/,
    );
    expect(() => chooseLab({ docker: false, platform: "darwin", isRoot: true })).toThrow(/Start Docker\./);
  });
});

describe("npm packages", () => {
  const lock = (packages: object, file: string) =>
    writeFileSync(join(folder, file), JSON.stringify({ packages }));
  const hono = { version: "4.0.0", integrity: "sha512-a" };
  const other = { version: "1.0.0", integrity: "sha512-b", optional: true };
  beforeEach(() => {
    mkdirSync(join(folder, "node_modules"));
    lock({ "": {}, hub: {}, "node_modules/hono": hono, "node_modules/darwin": other }, "package-lock.json");
  });

  test("are installed again when the installation was interrupted", () => {
    expect(isInstalled(folder)).toBe(false);
  });
  test("are not installed again when everything for this platform is there", () => {
    lock({ "node_modules/hono": hono }, "node_modules/.package-lock.json");
    expect(isInstalled(folder)).toBe(true);
  });
  test("are installed again when a version differs", () => {
    lock({ "node_modules/hono": { ...hono, version: "3.9.0" } }, "node_modules/.package-lock.json");
    expect(isInstalled(folder)).toBe(false);
  });
});

describe("Debian packages", () => {
  /** Runs the real code with stand-ins for Debian's programs that write down how they were called. */
  const install = (installed: string) => {
    const calls = join(folder, "calls");
    const standIns = {
      "dpkg-query": `printf '%b' "${installed}"`,
      dpkg: `echo "dpkg $*" >> ${calls}`,
      "apt-get": `echo "apt-get $*" >> ${calls}; cat ${calls} >&2; exit $APT_EXIT`,
    };
    for (const [name, script] of Object.entries(standIns)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    const module = join(import.meta.dirname, "debian-packages.mjs");
    const program = `import { ensureDebianPackages } from ${JSON.stringify(module)};
      import { main } from ${JSON.stringify(join(import.meta.dirname, "step.mjs"))};
      await main(async () => { await ensureDebianPackages(["runc", "containerd"], "clusters need them."); return 0; });`;
    return (aptExit: number) =>
      spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
        env: { PATH: `${folder}:/usr/bin:/bin`, APT_EXIT: String(aptExit) },
        encoding: "utf8",
      });
  };

  test("that are all there cost nothing and say nothing", () => {
    const run = install("runc installed\\ncontainerd installed\\n")(0);
    expect([run.status, run.stderr, run.stdout]).toEqual([0, "", ""]);
  });
  test("that are missing are named with the reason, and only they are installed", () => {
    const run = install("runc installed\\ncontainerd config-files\\n")(0);
    expect(run.status).toBe(0);
    expect(run.stderr).toContain(
      "Debian packages containerd are missing and get installed: clusters need them.",
    );
    expect(run.stderr).toContain("✓ apt-get install containerd (");
    expect(run.stdout).toBe("");
  });
  test("that cannot be installed end the command with what apt-get said", () => {
    const run = install("")(100);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/apt-get update failed after .*\n.*apt-get update -q/s);
  });
});

test("elapsed time reads as people say it", () => {
  expect([400, 59_400, 61_000, 3_600_000].map(formatElapsed)).toEqual([
    "0 s",
    "59 s",
    "1 min 1 s",
    "60 min 0 s",
  ]);
});
