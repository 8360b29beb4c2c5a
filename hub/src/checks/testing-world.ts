import type { ReportWorld, ShownCommit, ShownEnvironment, ShownRun, ShownSuite } from "./report-world.ts";

const at = new Date("2030-01-01T00:00:00.000Z");
const later = new Date("2030-01-01T04:00:00.000Z");
export const sha = "4f2c1e9a".repeat(5);
export const olderSha = "0a1b2c3d".repeat(5);

/** A commit for tests of what is told; it passed unless the fields say otherwise. */
export function testCommit(fields: Partial<ShownCommit> = {}): ShownCommit {
  return {
    sha,
    number: 1,
    state: "passed",
    reason: null,
    problems: [],
    images: {},
    imagesSince: null,
    checkRunId: null,
    checkDigest: null,
    createdAt: at,
    endedAt: at,
    hasConfiguration: true,
    isFinal: false,
    changedFiles: [],
    ...fields,
  };
}

/** A pytest suite with two shards that passed in two clusters. */
export function testSuite(fields: Partial<ShownSuite> = {}): ShownSuite {
  const shard = {
    suiteId: "su-1",
    kind: "test",
    count: 2,
    state: "passed",
    reason: null,
    exit: null,
  } as const;
  return {
    id: "su-1",
    name: "api",
    spec: { name: "api", tool: "pytest", path: "tests/api" } as ShownSuite["spec"],
    state: "passed",
    reason: null,
    optional: false,
    caseCount: 24,
    counts: { passed: 24, failed: 0, errored: 0, skipped: 0, flaky: 0 },
    shards: [
      { ...shard, index: 0, cluster: "east" },
      { ...shard, index: 1, cluster: "west" },
    ],
    ...fields,
  };
}

/** A run of one suite that passed. */
export function testRun(fields: Partial<ShownRun> = {}): ShownRun {
  return {
    sha,
    name: "pull-request",
    attempt: 1,
    reason: null,
    run: { id: "r-7f2aaaaaaaaaaaaa", state: "passed", reason: null },
    suites: [testSuite()],
    counts: { passed: 24, failed: 0, errored: 0, skipped: 0, flaky: 0 },
    red: [],
    flaky: [],
    ...fields,
  };
}

/** A red case of the suite `web`. */
export function testRed(fields: Partial<ShownRun["red"][number]> = {}): ShownRun["red"][number] {
  return {
    case: "greeting",
    outcome: "failed",
    seconds: 1,
    message: 'expected "hello", got "hi"',
    detail: null,
    file: "web.test.ts",
    line: 18,
    suite: "web",
    shardIndex: 0,
    attemptId: "a-1",
    attemptNumber: 2,
    cluster: "west",
    flaky: false,
    ...fields,
  };
}

/** An environment `preview` that is ready. */
export function testEnvironment(fields: Partial<ShownEnvironment> = {}): ShownEnvironment {
  const component = {
    name: "preview",
    kind: "chart",
    path: "deploy/chart",
    valueFiles: ["deploy/preview.yaml"],
  };
  return {
    pullRequestId: "pr-1",
    projectId: "p-1",
    name: "preview",
    environmentId: "e-k3xaaaaaaaaaaaaa",
    sha,
    deploymentId: null,
    deploymentSha: null,
    deploymentDigest: null,
    createdAt: at,
    state: "ready",
    wanted: "present",
    reason: null,
    queuePosition: null,
    endpoints: [
      {
        name: "web",
        reach: "network",
        url: "http://10.1.2.3:30080",
        host: "10.1.2.3",
        port: 30_080,
        provedAt: null,
      },
    ],
    template: { components: [component] } as unknown as ShownEnvironment["template"],
    expiresAt: later,
    cluster: "east",
    proof: null,
    failure: null,
    ...fields,
  };
}

/** A pull request with these commits, runs and environments. */
export function testWorld(fields: Partial<ReportWorld> = {}): ReportWorld {
  return {
    repository: { id: "rp-1", name: "acme/shop", installationId: 7 },
    pullRequest: {
      id: "pr-1",
      projectId: "p-1",
      repositoryId: "rp-1",
      number: 12,
      state: "open",
      draft: false,
      title: "Rename greeting",
      author: "alice",
      labels: [],
      baseBranch: "main",
      baseSha: olderSha,
      baseSince: null,
      headBranch: "greeting",
      headSha: sha,
      headRepository: "acme/shop",
      fork: false,
      forgeUpdatedAt: at,
      wanted: true,
      generation: 1,
      advancedGeneration: 0,
      commentId: null,
      commentDigest: null,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
    },
    commits: [testCommit()],
    runs: [testRun()],
    environments: [testEnvironment()],
    lastCommand: null,
    sameCommits: [],
    ...fields,
  };
}
