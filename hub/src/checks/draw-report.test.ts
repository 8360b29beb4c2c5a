import {
  checkReportSchema,
  pullRequestReportSchema,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { describe, expect, it } from "vitest";
import { drawReport } from "./read-report.ts";
import type { ReportWorld, SameCommit } from "./report-world.ts";
import {
  olderSha,
  sha,
  testCommit,
  testEnvironment,
  testRed,
  testRun,
  testSuite,
  testWorld,
} from "./testing-world.ts";

/** The check of the newest commit; the whole report has the shape that the worker takes. */
function checkOf(fields: Partial<ReportWorld>) {
  const report = pullRequestReportSchema.parse(drawReport(testWorld(fields)));
  return checkReportSchema.parse(report.checks[0]);
}
const commentOf = (fields: Partial<ReportWorld>) => drawReport(testWorld(fields)).comment?.body;

const redWorld = {
  commits: [
    testCommit({
      state: "failed",
      changedFiles: [
        { path: "README.md", line: 1 },
        { path: "deploy/preview.yaml", line: 7 },
        { path: "tests/web/web.test.ts", line: null },
      ],
      images: { "ghcr.io/acme/shop:4f2c1e9": `sha256:${"b".repeat(64)}` },
    }),
  ],
  runs: [
    testRun({
      run: { id: "r-7f2aaaaaaaaaaaaa", state: "failed", reason: null },
      suites: [
        testSuite(),
        testSuite({
          name: "web",
          state: "failed",
          spec: { ...testSuite().spec, tool: "node", path: "tests/web" },
          caseCount: 8,
          counts: { passed: 7, failed: 1, errored: 0, skipped: 0, flaky: 1 },
          shards: testSuite().shards.slice(1),
        }),
      ],
      counts: { passed: 31, failed: 1, errored: 0, skipped: 0, flaky: 1 },
      red: [testRed()],
      flaky: ["web › slow page"],
    }),
  ],
};

describe("the check of a commit", () => {
  it("tells a red one whole: suites, red cases, what changed there, address, images, what next", () => {
    const { title, summary, status, conclusion, annotations } = checkOf(redWorld);
    expect({ title, status, conclusion }).toEqual({
      title: "31 passed (1 flaky), 1 failed",
      status: "completed",
      conclusion: "failure",
    });
    expect(summary).toBe(`- ✓ \`api\` pytest 24/24 · \`east\` 1 · \`west\` 1
- ✗ \`web\` node 7/8 · 1 flaky · \`west\` 1

- \`web › greeting\`: \`expected "hello", got "hi"\` at \`web.test.ts:18\`, on \`west\`, attempt 2

Flaky, green on another try: \`web › slow page\`

Changed here: \`deploy/preview.yaml:7\`, \`tests/web/web.test.ts\`

- Environment \`preview\` in \`east\` is ready at <http://10.1.2.3:30080>, until 2030-01-01 04:00 UTC

- Image \`ghcr.io/acme/shop:4f2c1e9\` is \`sha256:${"b".repeat(64)}\`

Once more: comment \`/seatrial rerun\`, or run \`seatrial runs rerun r-7f2aaa --failed\``);
    expect(annotations).toEqual([
      {
        path: "tests/web/web.test.ts",
        startLine: 18,
        endLine: 18,
        level: "failure",
        title: "web › greeting",
        message: 'expected "hello", got "hi"',
      },
    ]);
  });

  it("says of an errored one that nobody can tell, and where to look", () => {
    const exit = {
      reason: "out_of_memory",
      exitCode: 137,
      signal: 9,
      message: "api used 513Mi",
      evidence: [],
    } as const;
    const [shard] = testSuite().shards;
    if (shard === undefined) throw new Error("no shard");
    const errored = testSuite({
      state: "errored",
      shards: [{ ...shard, state: "errored", exit: { ...exit, evidence: [] } }],
    });
    const { title, summary, conclusion } = checkOf({
      commits: [testCommit({ state: "errored" })],
      runs: [
        testRun({
          run: { id: "r-7f2aaaaaaaaaaaaa", state: "errored", reason: "could not tell for api" },
          suites: [errored],
        }),
      ],
    });
    expect([conclusion, title]).toEqual(["failure", "Could not tell: could not tell for api"]);
    expect(summary).toContain(
      "- ✗ `api` pytest 24/24 · `east` 1 · could not tell\n  - limits: `api used 513Mi` (shard 1/2 on `east`)",
    );
  });

  it("tells one cause once, wherever it stands", () => {
    const cause = "environment preview failed: nil pointer";
    const errored = testSuite({ state: "errored", reason: cause, shards: [], caseCount: null });
    const { summary, title } = checkOf({
      commits: [testCommit({ state: "errored", reason: `pull-request: ${cause}` })],
      runs: [
        testRun({ run: { id: "r-7f2aaaaaaaaaaaaa", state: "errored", reason: cause }, suites: [errored] }),
      ],
      environments: [],
    });
    expect(title).toBe(`Could not tell: pull-request: ${cause}`);
    expect(summary).not.toContain("nil pointer");
  });

  it("names the file and line of a template that does not render", () => {
    const failure = {
      code: "render_failed",
      message: "nil pointer",
      file: "deploy/chart/templates/web.yaml",
      line: 7,
    } as const;
    const { summary, annotations } = checkOf({
      commits: [testCommit({ state: "errored", reason: "environment preview failed" })],
      environments: [testEnvironment({ state: "failed", failure, endpoints: [] })],
      runs: [],
    });
    expect(summary).toContain(
      "- Environment `preview` in `east` could not be made: `nil pointer` at `deploy/chart/templates/web.yaml:7`",
    );
    expect(annotations).toMatchObject([
      { path: "deploy/chart/templates/web.yaml", startLine: 7, message: "nil pointer" },
    ]);
  });

  it("marks the mistakes of seatrial.yaml at their lines, and says whose file it is for a fork", () => {
    const commits = [
      testCommit({
        state: "errored",
        reason: "seatrial.yaml is wrong",
        hasConfiguration: false,
        problems: [{ line: 7, message: "unknown key 'shard'" }],
      }),
    ];
    const own = checkOf({ commits, runs: [], environments: [] });
    expect(own.title).toBe("Could not tell: seatrial.yaml is wrong");
    expect(own.annotations).toMatchObject([
      { path: "seatrial.yaml", startLine: 7, message: "unknown key 'shard'" },
    ]);
    expect(own.summary).toContain("- `seatrial.yaml:7`: `unknown key 'shard'`");
    const pullRequest = { ...testWorld().pullRequest, fork: true };
    const fork = checkOf({ commits, pullRequest, runs: [], environments: [] });
    expect(fork.summary).toContain("It is the base's `seatrial.yaml` that counts for a fork");
  });

  it("says how a fork's commit is approved, with the whole commit", () => {
    const pullRequest = { ...testWorld().pullRequest, fork: true, headRepository: "mallory/shop" };
    const commits = [testCommit({ state: "approval_needed", hasConfiguration: false, endedAt: null })];
    const { status, conclusion, summary, annotations } = checkOf({
      commits,
      pullRequest,
      runs: [],
      environments: [],
    });
    expect({ status, conclusion, annotations }).toEqual({
      status: "completed",
      conclusion: "action_required",
      annotations: [],
    });
    expect(
      summary,
    ).toBe(`This commit comes from \`mallory/shop\`. Nothing of it is read, applied or run until somebody with write access to \`acme/shop\` approves exactly this commit. Read the change first, then do one of these:

- comment \`/seatrial approve ${sha}\`
- set the label \`seatrial:approve\`
- run \`seatrial approve acme/shop#12 --commit ${sha}\`

A later commit needs an approval of its own. Its configuration is read from the base, never from the fork.`);
  });

  it.each([
    ["passed", "completed", "success", "24 passed"],
    ["cancelled", "completed", "cancelled", "Cancelled: it was closed"],
    ["superseded", "completed", "cancelled", "A newer commit came first"],
    ["ignored", "completed", "neutral", "Nothing to test: it was closed"],
    ["images", "in_progress", null, "Waiting for images"],
    ["running", "in_progress", null, "Testing"],
  ] as const)("of a commit that is %s is %s (%s): %s", (state, status, conclusion, title) => {
    const reason = state === "cancelled" || state === "ignored" ? "it was closed" : null;
    const check = checkOf({ commits: [testCommit({ state, reason })] });
    expect([check.status, check.conclusion, check.title]).toEqual([status, conclusion, title]);
  });

  it("names the images that it waits for, and what the registry said", () => {
    const images = { "ghcr.io/acme/shop:4f2c1e9": null, "busybox:1": `sha256:${"b".repeat(64)}` };
    const waiting = { state: "images", endedAt: null, images } as const;
    const summary = (reason: string | null) =>
      checkOf({ commits: [testCommit({ ...waiting, reason })], runs: [], environments: [] }).summary;
    const rest = `\n\n- Image \`busybox:1\` is \`sha256:${"b".repeat(64)}\``;
    expect(summary(null)).toBe(`- \`ghcr.io/acme/shop:4f2c1e9\` is not there yet${rest}`);
    expect(summary("waits for shop: 403")).toBe(`\`waits for shop: 403\`${rest}`);
  });

  it("tells red optional suites apart, and is green", () => {
    const load = testSuite({
      name: "load",
      state: "failed",
      optional: true,
      caseCount: 4,
      counts: { ...testSuite().counts, passed: 3, failed: 1 },
    });
    const { title, conclusion, summary } = checkOf({ runs: [testRun({ suites: [testSuite(), load] })] });
    expect([conclusion, title]).toEqual(["success", "24 passed; load failed, and is optional"]);
    expect(summary).toContain("- ! `load` pytest 3/4 · `east` 1 · `west` 1 · red, and optional");
  });

  it("puts several runs of a commit together, each by its name", () => {
    const { summary } = checkOf({ runs: [testRun(), testRun({ name: "slow", attempt: 2 })] });
    expect(summary).toContain("Run `pull-request` (`r-7f2aaa`): passed, 24 passed");
    expect(summary).toContain("Run `slow` (`r-7f2aaa`, attempt 2): passed, 24 passed");
  });

  it("says in the end that nothing is left, with the command that shows it", () => {
    const proof = { complete: true, gone: 27, left: 0, unchecked: 0 };
    const { summary } = checkOf({
      environments: [testEnvironment({ state: "deleted", wanted: "gone", proof })],
    });
    expect(summary).toContain("27 objects seen gone, 0 left. Proof: `seatrial env proof e-k3xaaa`");
  });

  it("is not told of a commit without seatrial.yaml, nor before that is known; one that was made is ended", () => {
    const quiet = { hasConfiguration: false, endedAt: null };
    const told = (fields: object) =>
      drawReport(testWorld({ commits: [testCommit({ ...quiet, ...fields })], runs: [], environments: [] }))
        .checks;
    expect(told({ state: "fetching" })).toEqual([]);
    expect(told({ state: "ignored" })).toEqual([]);
    expect(told({ state: "ignored", checkRunId: 9 })).toMatchObject([
      { conclusion: "neutral", checkRunId: 9 },
    ]);
  });

  it("does not change with the shards of a run, only with what is over", () => {
    const running = (passed: number) =>
      checkOf({
        commits: [testCommit({ state: "running", endedAt: null })],
        runs: [
          testRun({
            run: { id: "r-7f2aaaaaaaaaaaaa", state: "running", reason: null },
            suites: [testSuite({ state: "running", counts: { ...testSuite().counts, passed } })],
            counts: { ...testSuite().counts, passed },
          }),
        ],
      }).digest;
    expect(running(3)).toBe(running(17));
  });
});

describe("what has been told", () => {
  it("is not told again, and is when it changes", () => {
    const first = drawReport(testWorld());
    const [check] = first.checks;
    const [deployment] = first.deployments;
    const commits = [testCommit({ checkRunId: 5, checkDigest: check?.digest ?? null })];
    const pullRequest = {
      ...testWorld().pullRequest,
      commentId: 6,
      commentDigest: first.comment?.digest ?? null,
    };
    const told = { deploymentId: 7, deploymentSha: sha, deploymentDigest: deployment?.digest ?? null };
    const again = { commits, pullRequest, environments: [testEnvironment(told)] };
    expect(drawReport(testWorld(again))).toMatchObject({ checks: [], comment: null, deployments: [] });
    const asleep = { ...again, environments: [testEnvironment({ ...told, state: "sleeping" })] };
    expect(drawReport(testWorld(asleep))).toMatchObject({
      checks: [{ checkRunId: 5 }],
      comment: { commentId: 6 },
      deployments: [{ deploymentId: 7, state: "inactive" }],
    });
  });

  it("names only what changes the verdict as a way to try once more", () => {
    const again = "Once more: comment `/seatrial rerun`";
    const images = { "ghcr.io/acme/shop:4f2c1e9": null };
    const unpinned = checkOf({ ...redWorld, commits: [testCommit({ state: "errored", images })] });
    expect(unpinned.summary.endsWith(again)).toBe(true);
    const older = testCommit({ sha: olderSha, state: "failed" });
    const runs = redWorld.runs.map((run) => ({ ...run, sha: olderSha }));
    const { checks } = drawReport(testWorld({ commits: [testCommit(), older], runs }));
    expect(checks[1]).toMatchObject({ sha: olderSha, conclusion: "failure" });
    expect(checks[1]?.summary).not.toContain("Once more");
  });

  it("is told for good of a commit that another one overtook", () => {
    const older = testCommit({ sha: olderSha, state: "superseded" });
    const report = drawReport(testWorld({ commits: [testCommit(), older] }));
    expect(report.checks.map(({ digest }) => digest.startsWith("f-"))).toEqual([false, true]);
    expect(report.checks[1]).toMatchObject({
      title: `Commit ${sha.slice(0, 7)} came first`,
      conclusion: "cancelled",
    });
  });
});

describe("the check of a commit that other pull requests have as well", () => {
  const other = (state: SameCommit["state"], number = 11) => ({ sha, number, state });
  const told = (own: SameCommit["state"], ...sameCommits: SameCommit[]) => {
    const { conclusion, title } = checkOf({ commits: [testCommit({ state: own })], sameCommits });
    return [conclusion, title];
  };

  it("is that of the worst of them, and says which one that is", () => {
    const { conclusion, title, summary } = checkOf({ sameCommits: [other("passed", 9), other("failed")] });
    expect([conclusion, title]).toEqual(["failure", "This commit failed in pull request #11"]);
    expect(summary).toMatch(/^This commit is also the newest of #9 \(passed\), #11 \(failed\)\./);
    expect(summary).toContain("this is that of #11.\n");
  });

  it("has its own words where nothing is worse elsewhere", () => {
    const { conclusion, title, summary } = checkOf({ sameCommits: [other("passed")] });
    expect([conclusion, title]).toEqual(["success", "24 passed"]);
    expect(summary).toContain("this is that of #12.");
  });

  it("waits for a verdict that is still to come, whatever is known", () => {
    expect(told("failed", other("running"))).toEqual([null, "This commit is under test in pull request #11"]);
    expect(told("running", other("failed"))[0]).toBeNull();
  });

  it("loses no verdict to a pull request that has none", () => {
    expect(told("passed", other("approval_needed"), other("ignored", 13))).toEqual(["success", "24 passed"]);
    expect(told("ignored", other("failed"))[0]).toBe("failure");
  });

  it("is not told for good while another pull request is at it", () => {
    const older = testCommit({ sha: olderSha, state: "superseded" });
    const sameCommits = [{ sha: olderSha, number: 11, state: "passed" as const }];
    const { checks } = drawReport(testWorld({ commits: [testCommit(), older], sameCommits }));
    expect(checks[1]).toMatchObject({ sha: olderSha, conclusion: "success" });
    expect(checks[1]?.digest).not.toMatch(/^f-/);
  });
});

describe("the comment of a pull request", () => {
  it("has the newest commit first, where to look at it, and older ones in a line", () => {
    const commits = [
      testCommit({ number: 2 }),
      testCommit({ sha: olderSha, state: "superseded", isFinal: true }),
    ];
    expect(commentOf({ commits })).toBe(`<!-- seatrial pull-request pr-1 -->

**Seatrial** \`4f2c1e9\` **passed**: \`24 passed\`

- ✓ \`api\` pytest 24/24 · \`east\` 1 · \`west\` 1

- Environment \`preview\` in \`east\` is ready at <http://10.1.2.3:30080>, until 2030-01-01 04:00 UTC

Before: \`0a1b2c3\` was overtaken

Commands: \`/seatrial rerun\`, \`/seatrial extend 4h\`, \`/seatrial down\`, \`/seatrial up\`. They are for people with write access.`);
  });

  it("tells the place in the queue while an environment waits, coarser far behind", () => {
    const waiting = (queuePosition: number) =>
      commentOf({
        commits: [testCommit({ state: "running", endedAt: null })],
        runs: [],
        environments: [
          testEnvironment({
            state: "requested",
            cluster: null,
            endpoints: [],
            queuePosition,
            reason: `waits: place ${queuePosition} in line`,
          }),
        ],
      });
    expect(waiting(2)).toContain("Environment `preview` waits for the project's quota, place 2\n");
    expect(waiting(17)).toBe(waiting(18));
  });

  it("tells nothing new while a run that waits moves on in the line", () => {
    const waiting = (place: string) => {
      const reason = `waits for environment preview: ${place} in line`;
      const run = { id: "r-7f2aaaaaaaaaaaaa", state: "queued" as const, reason };
      return commentOf({
        commits: [testCommit({ state: "running", endedAt: null })],
        runs: [testRun({ run })],
      });
    };
    expect(waiting("17th")).toContain("is under test");
    expect(waiting("17th")).toBe(waiting("16th"));
  });

  it("is not made while there is nothing to say", () => {
    const ignored = [testCommit({ state: "ignored" })];
    expect(commentOf({ commits: ignored, runs: [], environments: [] })).toBeUndefined();
  });

  it("fits, however much is red, and says that it was cut", () => {
    const red = Array.from({ length: 200 }, (_, index) =>
      testRed({ case: "x".repeat(290), message: "y".repeat(300), line: index + 1 }),
    );
    const runs = Array.from({ length: 8 }, (_, index) =>
      testRun({
        name: `run-${index}`,
        run: { id: "r-7f2aaaaaaaaaaaaa", state: "failed", reason: null },
        red,
        counts: { ...testRun().counts, failed: 5_000 },
      }),
    );
    const { summary, annotations } = checkOf({ commits: [testCommit({ state: "failed" })], runs });
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(65_535);
    expect(summary).toContain("(cut: it is longer than the forge takes)");
    expect(annotations).toHaveLength(1_000);
    expect(
      Buffer.byteLength(commentOf({ commits: [testCommit({ state: "failed" })], runs }) ?? ""),
    ).toBeLessThanOrEqual(65_535);
  });
});
