import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { EnvironmentFacts, RunFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import type { ScheduleFacts, ScheduleTimetable } from "@seatrial/contracts/worker-protocol/schedules.ts";
import {
  aboutPullRequest,
  aboutRepository,
  type TestingPullRequest,
  type TestingRepository,
} from "./testing-pull-requests.ts";

export type TestingHub = Awaited<ReturnType<typeof startTestingHub>>;
export type Call = { method: string; path: string; body: Record<string, unknown>; authorization: string };
type Answer = { status: number; body: unknown };

/** What a run still needs; an activity that succeeds takes its own off. */
export type TestingSchedule = {
  timetable: ScheduleTimetable;
  due: string[];
  waiting: boolean;
  applied: { generation: number; problem: string | null } | null;
};
type RunNeeds = { plan: boolean; split: string[]; settle: boolean; isOver: boolean };

/**
 * A little hub for the worker's tests: a real HTTP server with an outbox whose entries stay until acknowledged, are
 * hidden from claims for a second, and whose claims are held while there is none. `answerWith` may answer in its place,
 * or hold a call.
 */
export async function startTestingHub(entries: OutboxEntry[] = []) {
  const calls: Call[] = [];
  const state = {
    outbox: [...entries],
    nextDueInSeconds: null as number | null,
    runs: new Map<string, RunNeeds>(),
    environments: new Map<string, EnvironmentFacts>(),
    schedules: new Map<string, TestingSchedule>(),
    pullRequests: new Map<string, TestingPullRequest>(),
    repositories: new Map<string, TestingRepository>(),
  };
  const hiddenUntil = new Map<string, number>();
  let onCall: (call: Call) => Promise<Answer | null> = async () => null;
  let watchers: { test: () => boolean; resolve: () => void }[] = [];
  let isClosing = false;

  async function claim(limit: number, waitSeconds: number): Promise<Answer> {
    const until = Date.now() + waitSeconds * 1_000;
    for (;;) {
      const now = Date.now();
      const visible = state.outbox.filter(({ id }) => (hiddenUntil.get(id) ?? 0) <= now).slice(0, limit);
      for (const { id } of visible) hiddenUntil.set(id, now + 1_000);
      if (visible.length > 0 || now >= until || isClosing) return { status: 200, body: { entries: visible } };
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  function aboutRun(runId: string, verb: string | undefined, suite: string | undefined): Answer {
    const needs = state.runs.get(runId);
    if (needs === undefined) return problem(404, "not_found");
    if (verb === undefined) return { status: 200, body: factsOf(runId, needs) };
    if (verb === "plan") needs.plan = false;
    if (verb === "settle") needs.settle = false;
    if (verb === "suites") needs.split = needs.split.filter((name) => name !== suite);
    return { status: 200, body: { changed: true, runState: needs.isOver ? "passed" : "running" } };
  }

  function aboutEnvironment(id: string, verb: string | undefined): Answer {
    const facts = state.environments.get(id);
    if (facts === undefined) return problem(404, "not_found");
    return { status: 200, body: verb === undefined ? facts : {} };
  }

  function aboutSchedule(id: string, verb: string | undefined, body: Call["body"]): Answer {
    const schedule = state.schedules.get(id);
    if (schedule === undefined) return problem(404, "not_found");
    if (verb === undefined) return { status: 200, body: scheduleFactsOf(schedule) };
    if (verb === "timetable") return { status: 200, body: schedule.timetable };
    if (verb === "applied") schedule.applied = body as NonNullable<TestingSchedule["applied"]>;
    if (verb === "fire") schedule.due = schedule.due.filter((time) => time !== body.scheduledFor);
    return { status: 200, body: { outcome: "started", runId: "r-scheduled" } };
  }

  async function usual({ method, path, body }: Call): Promise<Answer> {
    const [noun, id, ...rest] = path.split("/").slice(3).map(decodeURIComponent);
    const [verb, suite] = rest;
    if (noun === "outbox" && id === "claim") return claim(Number(body.limit), Number(body.waitSeconds));
    if (noun === "outbox") {
      const ids = body.ids as string[];
      state.outbox = state.outbox.filter((entry) => !ids.includes(entry.id));
      return { status: 200, body: {} };
    }
    if (noun === "runs") return aboutRun(String(id), verb, suite);
    if (noun === "environments") return aboutEnvironment(String(id), verb);
    if (noun === "schedules") return aboutSchedule(String(id), verb, body);
    const pull = noun === "pull-requests" ? state.pullRequests.get(String(id)) : undefined;
    if (pull !== undefined) return aboutPullRequest(pull, method, rest, body);
    const repository = noun === "repositories" ? state.repositories.get(String(id)) : undefined;
    if (repository !== undefined) return aboutRepository(repository, verb, body);
    if (noun !== "tick") return problem(404, "not_found");
    const { nextDueInSeconds } = state;
    return { status: 200, body: { handedBack: 0, lost: 0, compacted: 0, nextDueInSeconds } };
  }

  function announce(): void {
    const ready = watchers.filter((watcher) => watcher.test());
    watchers = watchers.filter((watcher) => !ready.includes(watcher));
    for (const watcher of ready) watcher.resolve();
  }

  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const isJson = request.headers["content-type"] === "application/json" && text !== "";
    const call = {
      method: String(request.method),
      path: String(request.url),
      body: isJson ? JSON.parse(text) : {},
      authorization: String(request.headers.authorization),
    };
    calls.push(call);
    announce();
    const answer = (await onCall(call)) ?? (await usual(call));
    response
      .writeHead(answer.status, { "content-type": "application/json" })
      .end(JSON.stringify(answer.body));
    announce();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    state,
    /** A run that needs the given, and the outbox entry that tells of it. */
    need(runId: string, needs: Partial<RunNeeds>, kind: OutboxEntry["kind"] = "attempt.ended") {
      const before = state.runs.get(runId) ?? { plan: false, split: [], settle: false, isOver: false };
      state.runs.set(runId, { ...before, ...needs });
      state.outbox.push(entry(state.outbox.length + calls.length + 1, kind, runId));
    },
    /** New facts of an environment, and the outbox entry that tells of them. */
    change(facts: EnvironmentFacts) {
      state.environments.set(facts.id, facts);
      const id = `${state.outbox.length}-${calls.length}`;
      state.outbox.push({ ...entry(0, "environment.changed", null), id, environmentId: facts.id });
    },
    /** A schedule as it is now, and the outbox entry that tells of it. */
    schedule(
      id: string,
      timetable: Partial<ScheduleTimetable> = {},
      { due = [] as string[], waiting = false, kind = "schedule.changed" as OutboxEntry["kind"] } = {},
    ) {
      const before = state.schedules.get(id);
      const usualTimes = { cron: "0 2 * * *", timezone: "UTC", catchUpSeconds: 3_600 };
      const first = { id, generation: 1, deleted: false, paused: false, ...usualTimes };
      const applied = before?.applied ?? null;
      const changed = { ...(before?.timetable ?? first), ...timetable };
      state.schedules.set(id, { timetable: changed, due, waiting, applied });
      const entryId = `${state.outbox.length}-${calls.length}-${id}`;
      state.outbox.push({ ...entry(0, kind, null), id: entryId, scheduleId: id });
    },
    /** A pull request or a repository that changed: the outbox entry that tells of it. */
    tellOf(kind: "pull_request.changed" | "repository.changed", subject: string) {
      const about = kind === "pull_request.changed" ? { pullRequestId: subject } : { repositoryId: subject };
      const id = `${state.outbox.length}-${calls.length}-${subject}`;
      state.outbox.push({ ...entry(0, kind, null), id, ...about });
    },
    /** The times that were fired, in the order of the calls. */
    fired: (id: string) =>
      calls
        .filter(({ path }) => path === `/worker/v1/schedules/${id}/fire`)
        .map(({ body }) => String(body.scheduledFor)),
    /** Paths of what was done for runs and environments, without the reading, in the order of the calls. */
    activities: () =>
      calls.map(({ path }) => path).filter((path) => /\/(runs|environments)\/[^/]+\/./.test(path)),
    /** How often something was read. */
    reads: (path: string) => calls.filter((call) => call.path === path).length,
    answerWith(handler: (call: Call) => Promise<Answer | null>) {
      onCall = handler;
    },
    /** Resolves after a call or an answer that makes the test true. */
    until: (test: () => boolean) =>
      new Promise<void>((resolve) => (test() ? resolve() : watchers.push({ test, resolve }))),
    close: () =>
      new Promise<void>((resolve) => {
        isClosing = true;
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function factsOf(id: string, { plan, split, settle, isOver }: RunNeeds): RunFacts {
  const state = isOver ? "passed" : "running";
  return { id, state, isOver, planDue: plan, splitDue: split, settleDue: settle };
}

function scheduleFactsOf({ timetable, due, waiting, applied }: TestingSchedule): ScheduleFacts {
  const { id, deleted, generation } = timetable;
  return { id, deleted, applyDue: applied?.generation !== generation, due, waiting };
}

export function entry(
  id: number,
  kind: OutboxEntry["kind"],
  runId: string | null,
  suite: string | null = null,
): OutboxEntry {
  return {
    id: String(id),
    kind,
    runId,
    environmentId: null,
    scheduleId: null,
    pullRequestId: null,
    repositoryId: null,
    suite,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

/** Facts of a new environment, with the given changed. */
export function environmentFacts(id: string, changed: Partial<EnvironmentFacts> = {}): EnvironmentFacts {
  return {
    id,
    state: "requested",
    wanted: "present",
    generation: 1,
    appliedGeneration: 0,
    proveWanted: false,
    expiresInSeconds: 3_600,
    operation: null,
    ...changed,
  };
}

export function problem(status: number, code: string): Answer {
  const type = `https://seatrial.dev/problems/${code}`;
  return {
    status,
    body: { type, title: code, status, code, detail: `the hub says ${code}`, requestId: "q" },
  };
}
