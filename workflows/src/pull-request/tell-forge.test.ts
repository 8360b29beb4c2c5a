import { silentLogger } from "@seatrial/contracts/logger.ts";
import { createManualClock } from "@seatrial/contracts/time/manual-clock.ts";
import type { CheckReport, Reported } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { expect, test } from "vitest";
import type { StepDeps } from "../activities/step-deps.ts";
import { ForgeError } from "../github/forge-error.ts";
import { createWorkerHub } from "../hub/worker-hub.ts";
import { createRegistry } from "../registry/create-registry.ts";
import { createCourtesy } from "./courtesy.ts";
import { createRefusals } from "./refusals.ts";
import { tellForge } from "./tell-forge.ts";

const place = { repositoryId: "rp-1", name: "acme/shop", installationId: 1 };
const sha = "a".repeat(40);

function check(digest: string, conclusion: CheckReport["conclusion"]): CheckReport {
  return {
    ...{ sha, checkRunId: 7, externalId: "pr-1", name: "Seatrial", status: "completed", conclusion },
    ...{ title: "t", summary: "s", text: null, annotations: [], digest },
    ...{ startedAt: "2026-03-02T01:00:00.000Z", completedAt: "2026-03-02T01:01:00.000Z" },
  };
}

/** A hub with this report, and a forge that answers each request in turn with an id or an error. */
function open(checks: CheckReport[], answers: (number | Error)[]) {
  const noted: Reported[] = [];
  let shown = checks;
  const fetch = (async (url: URL, init: RequestInit) => {
    if (init.method === "POST") noted.push(JSON.parse(String(init.body)));
    const report = { repository: place, number: 1, checks: shown, comment: null, deployments: [] };
    return Response.json(url.pathname.endsWith("/report") ? report : {});
  }) as typeof globalThis.fetch;
  const clock = createManualClock();
  const deps: StepDeps = {
    ...{ hub: createWorkerHub({ hubUrl: "http://hub", token: "t", fetch }), github: null, clock },
    registry: createRegistry({ credentials: new Map(), plainHttpHosts: [], privateHosts: [] }),
    ...{ logger: silentLogger, courtesy: createCourtesy(clock), signal: new AbortController().signal },
    refusals: createRefusals(clock),
    async withRepository() {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer as never;
    },
  };
  const show = (...now: CheckReport[]) => {
    shown = now;
  };
  return { noted, answers, clock, show, refusals: deps.refusals, tell: () => tellForge(deps, "pr-1") };
}

test("what is told is noted part by part, and what the forge denies keeps nothing else back", async () => {
  const denied = new ForgeError("denied", "no");
  const { noted, tell } = open([check("a", "success"), check("b", "failure")], [denied, 8]);
  expect(await tell()).toEqual({ done: false, retryInSeconds: 600, soonerAtNews: true });
  expect(noted.map(({ checks }) => checks)).toEqual([[{ sha, checkRunId: 8, digest: "b" }]]);
});

test("what the forge denied is not sent again before a while, unless it changed", async () => {
  const denied = new ForgeError("denied", "Resource not accessible by integration");
  const { noted, answers, clock, show, refusals, tell } = open([check("a", "success")], [denied, 8, 9]);
  await tell();
  await clock.advance(60_000);
  expect(await tell()).toEqual({ done: false, retryInSeconds: 540, soonerAtNews: true });
  expect(answers).toEqual([8, 9]);
  expect(refusals.deniedIn("rp-1")).toBe("Resource not accessible by integration");
  expect(refusals.deniedIn("rp-2")).toBeNull();
  show(check("a", "success"), check("b", "failure"));
  expect(await tell()).toMatchObject({ done: false, retryInSeconds: 540 });
  expect(noted.map(({ checks }) => checks)).toEqual([[{ sha, checkRunId: 8, digest: "b" }]]);
  show(check("a", "success"));
  await clock.advance(540_000);
  expect(await tell()).toEqual({ done: true, retryInSeconds: null });
  expect(refusals.deniedIn("rp-1")).toBeNull();
});

test("what may go better soon is not held back by what was denied", async () => {
  const away = new ForgeError("unavailable", "away");
  const denied = new ForgeError("denied", "no");
  const { tell } = open([check("a", "success"), check("b", "failure")], [away, denied]);
  await expect(tell()).rejects.toBe(away);
});

test("after a limit nothing more is asked", async () => {
  const limited = new ForgeError("limited", "later", { retryInSeconds: 60 });
  const { answers, tell } = open([check("a", "success"), check("b", "failure")], [limited, 8]);
  await expect(tell()).rejects.toBe(limited);
  expect(answers).toEqual([8]);
});

test("a commit that nobody has approved yet gives the forge a rest, any other does not", async () => {
  const tell = (conclusion: CheckReport["conclusion"]) => open([check("a", conclusion)], [7]).tell();
  expect(await tell("action_required")).toEqual({ done: true, retryInSeconds: 30 });
  expect(await tell("success")).toEqual({ done: true, retryInSeconds: null });
});
