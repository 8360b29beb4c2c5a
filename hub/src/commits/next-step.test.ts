import { pullRequestStates } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { runStates } from "@seatrial/contracts/runs/lifecycle.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextStep, type Step } from "./next-step.ts";
import type { Stand } from "./read-stand.ts";

const at = new Date(0);
const head = "a".repeat(40);
const other = "b".repeat(40);

const pullRequest = fc.record({
  state: fc.constantFrom(...pullRequestStates),
  wanted: fc.boolean(),
  generation: fc.constantFrom(1, 2),
});
const commitState = fc.constantFrom(
  ...([
    "approval_needed",
    "fetching",
    "images",
    "running",
    "passed",
    "failed",
    "errored",
    "cancelled",
  ] as const),
);
const standingRun = fc.record({
  name: fc.constantFrom("one", "two", "three"),
  attempt: fc.integer({ min: 1, max: 3 }),
  runId: fc.option(fc.constant("r-1")),
  refused: fc.option(fc.constant("no")),
  state: fc.constantFrom(...runStates),
});

/** Stands as they can be, and some that cannot. */
const stands: fc.Arbitrary<Stand> = fc
  .record({
    pullRequest,
    state: commitState,
    digest: fc.constantFrom(null, "sha256:1"),
    headRuns: fc.uniqueArray(standingRun, { selector: ({ name }) => name, minLength: 1 }),
    openCommits: fc.array(fc.constantFrom(head, other), { maxLength: 2 }),
    openRuns: fc.array(fc.record({ sha: fc.constantFrom(head, other, null), isCancelled: fc.boolean() })),
    environments: fc.array(fc.record({ name: fc.constantFrom("preview", "old"), isWanted: fc.boolean() })),
  })
  .map(({ pullRequest: row, state, digest, headRuns, openCommits, openRuns, environments }) => ({
    pullRequest: {
      ...{
        id: "pr-1",
        projectId: "p-1",
        repositoryId: "re-1",
        number: 1,
        draft: false,
        title: "",
        author: "",
      },
      ...{
        labels: [],
        baseBranch: "main",
        baseSha: other,
        baseSince: null,
        headBranch: "x",
        headSha: head,
        headRepository: null,
      },
      ...{ fork: false, forgeUpdatedAt: at, advancedGeneration: 1, commentId: null },
      ...{ commentDigest: null, createdAt: at, updatedAt: at, closedAt: null },
      ...row,
    },
    head: {
      ...{
        pullRequestId: "pr-1",
        projectId: "p-1",
        sha: head,
        number: 1,
        state,
        reason: null,
        baseSha: other,
      },
      ...{ approvedBy: null, approvedAt: null, contentId: null, contentSha256: null, problems: [] },
      configuration: { version: 1 as const, suites: [], environments: [], runs: [] },
      ...{ changedFiles: [], images: { image: digest }, imagesSince: null, imagesLookedAt: null },
      ...{ checkRunId: null, checkDigest: null, createdAt: at, endedAt: null },
    },
    headRuns: headRuns.map((run) => (run.runId === null ? { ...run, state: null } : run)),
    openCommits: [...new Set(openCommits)].map((sha) => ({ sha, state: "running" as const })),
    openRuns: openRuns.map((run, index) => ({ id: `r-${index}`, ...run })),
    environments: environments.map((environment, index) => ({ id: `e-${index}`, ...environment })),
  }));

const ends: ReadonlySet<Step["do"]> = new Set(["end-commit", "cancel-run", "remove-environment"]);
const isOpen = ({ pullRequest: { state, wanted } }: Stand) => state === "open" && wanted;

describe("the next step of a pull request", () => {
  it("begins nothing and tells no verdict where nothing of it is wanted", () => {
    fc.assert(
      fc.property(stands, (stand) => {
        const step = nextStep(stand);
        if (!isOpen(stand) && step !== null) expect(ends).toContain(step.do);
      }),
    );
  });

  it("leaves nothing of an earlier commit while it begins something of the newest", () => {
    fc.assert(
      fc.property(stands, (stand) => {
        const step = nextStep(stand);
        if (step === null || ends.has(step.do)) return;
        expect(stand.openCommits.every(({ sha }) => sha === head)).toBe(true);
        expect(stand.openRuns.every(({ sha, isCancelled }) => sha === head || isCancelled)).toBe(true);
      }),
    );
  });

  it("ends runs before environments, in the order in which they are locked", () => {
    fc.assert(
      fc.property(stands, (stand) => {
        const step = nextStep(stand);
        if (step?.do !== "remove-environment") return;
        const open = stand.openRuns.filter(({ isCancelled }) => !isCancelled);
        expect(isOpen(stand) ? open.filter(({ sha }) => sha !== head) : open).toEqual([]);
      }),
    );
  });

  it("tells a verdict only when every run of the commit is over or could not be asked for", () => {
    fc.assert(
      fc.property(stands, (stand) => {
        const step = nextStep(stand);
        if (step?.do !== "conclude") return;
        for (const { state, refused } of stand.headRuns)
          expect(state === null ? refused !== null : !["queued", "running"].includes(state)).toBe(true);
      }),
    );
  });
});
