import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { errorOfProblem, problemSchema } from "@seatrial/contracts/http/problem.ts";
import {
  type EnvironmentFacts,
  environmentFactsSchema,
  type giveUpSchema,
  type RunFacts,
  runFactsSchema,
  type startOperationSchema,
} from "@seatrial/contracts/worker-protocol/environments.ts";
import {
  activityAnswerSchema,
  type OutboxEntry,
  outboxClaimAnswerSchema,
  tickAnswerSchema,
} from "@seatrial/contracts/worker-protocol/outbox.ts";
import {
  type Applied,
  type FireAnswer,
  fireAnswerSchema,
  type ScheduleFacts,
  type ScheduleTimetable,
  scheduleFactsSchema,
  timetableSchema,
} from "@seatrial/contracts/worker-protocol/schedules.ts";
import { z } from "zod";
import { createPullRequestCalls, type PullRequestCalls } from "./pull-request-calls.ts";

export type ActivityAnswer = z.infer<typeof activityAnswerSchema>;
export type TickAnswer = z.infer<typeof tickAnswerSchema>;
export type StartOperation = z.infer<typeof startOperationSchema>;
export type GiveUp = z.infer<typeof giveUpSchema>;
export type OutboxClaim = { limit: number; waitSeconds: number; visibilitySeconds: number };

/** The hub's worker routes. Every call throws SeatrialError, code `unavailable` when the hub did not answer. */
export type WorkerHub = PullRequestCalls & {
  claimOutbox: (claim: OutboxClaim, signal: AbortSignal) => Promise<OutboxEntry[]>;
  acknowledge: (ids: string[]) => Promise<void>;
  readRun: (runId: string) => Promise<RunFacts>;
  planRun: (runId: string) => Promise<ActivityAnswer>;
  splitSuite: (runId: string, suite: string) => Promise<ActivityAnswer>;
  settleRun: (runId: string) => Promise<ActivityAnswer>;
  readEnvironment: (environmentId: string) => Promise<EnvironmentFacts>;
  startOperation: (environmentId: string, operation: StartOperation) => Promise<EnvironmentFacts>;
  expireEnvironment: (environmentId: string) => Promise<EnvironmentFacts>;
  giveUpEnvironment: (environmentId: string, giveUp: GiveUp) => Promise<EnvironmentFacts>;
  readSchedule: (scheduleId: string) => Promise<ScheduleFacts>;
  readTimetable: (scheduleId: string) => Promise<ScheduleTimetable>;
  noteApplied: (scheduleId: string, applied: Applied) => Promise<void>;
  fireSchedule: (scheduleId: string, scheduledFor: string) => Promise<FireAnswer>;
  tick: () => Promise<TickAnswer>;
};

export type WorkerHubOptions = {
  /** The hub's address, such as `https://hub.example.com`. */
  hubUrl: string;
  /** A token with the scope `worker`. */
  token: string;
  fetch: typeof fetch;
  /** How long a call may take; a held one gets this on top of its hold. */
  requestSeconds?: number;
};

/** A content of the largest size, over a slow line. */
const uploadSeconds = 240;

export function createWorkerHub(options: WorkerHubOptions): WorkerHub {
  const requestSeconds = options.requestSeconds ?? 30;

  async function call<Answer>(
    method: "GET" | "POST" | "PUT",
    path: string,
    schema: z.ZodType<Answer>,
    { body, holdSeconds = 0, signal }: { body?: object; holdSeconds?: number; signal?: AbortSignal },
  ): Promise<Answer> {
    const isFile = body instanceof Blob;
    const type = isFile ? "application/gzip" : "application/json";
    const timeout = AbortSignal.timeout((requestSeconds + holdSeconds) * 1_000);
    const response = await options
      .fetch(new URL(`/worker/v1${path}`, options.hubUrl), {
        method,
        headers: { authorization: `Bearer ${options.token}`, "content-type": type },
        ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      .catch((error: unknown) => {
        throw new SeatrialError("unavailable", `the hub did not answer ${path}`, {}, { cause: error });
      });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw errorOf(response.status, path, answer);
    const parsed = schema.safeParse(answer);
    if (!parsed.success)
      throw new SeatrialError("internal", `the hub answered ${path} in a shape this worker does not know`);
    return parsed.data;
  }

  const get = <Answer>(path: string, schema: z.ZodType<Answer>) => call("GET", path, schema, {});
  const post = <Answer>(path: string, body: object, schema: z.ZodType<Answer>) =>
    call("POST", path, schema, { body });
  const put = async (path: string, body: Blob) => {
    await call("PUT", path, z.unknown(), { body, holdSeconds: uploadSeconds });
  };
  const run = (runId: string) => `/runs/${encodeURIComponent(runId)}`;
  const environment = (environmentId: string) => `/environments/${encodeURIComponent(environmentId)}`;
  const schedule = (scheduleId: string) => `/schedules/${encodeURIComponent(scheduleId)}`;
  return {
    ...createPullRequestCalls({ get, post, put }),
    claimOutbox: async (claim, signal) => {
      const held = { body: claim, holdSeconds: claim.waitSeconds, signal };
      return (await call("POST", "/outbox/claim", outboxClaimAnswerSchema, held)).entries;
    },
    acknowledge: async (ids) => {
      await post("/outbox/acknowledge", { ids }, z.unknown());
    },
    readRun: (id) => get(run(id), runFactsSchema),
    planRun: (id) => post(`${run(id)}/plan`, {}, activityAnswerSchema),
    splitSuite: (id, suite) =>
      post(`${run(id)}/suites/${encodeURIComponent(suite)}/split`, {}, activityAnswerSchema),
    settleRun: (id) => post(`${run(id)}/settle`, {}, activityAnswerSchema),
    readEnvironment: (id) => get(environment(id), environmentFactsSchema),
    startOperation: (id, operation) =>
      post(`${environment(id)}/operations`, operation, environmentFactsSchema),
    expireEnvironment: (id) => post(`${environment(id)}/expire`, {}, environmentFactsSchema),
    giveUpEnvironment: (id, giveUp) => post(`${environment(id)}/give-up`, giveUp, environmentFactsSchema),
    readSchedule: (id) => get(schedule(id), scheduleFactsSchema),
    readTimetable: (id) => get(`${schedule(id)}/timetable`, timetableSchema),
    noteApplied: async (id, applied) => {
      await post(`${schedule(id)}/applied`, applied, z.unknown());
    },
    fireSchedule: (id, scheduledFor) => post(`${schedule(id)}/fire`, { scheduledFor }, fireAnswerSchema),
    tick: () => post("/tick", {}, tickAnswerSchema),
  };
}

function errorOf(status: number, path: string, answer: unknown): SeatrialError {
  const problem = problemSchema.safeParse(answer);
  if (problem.success) return errorOfProblem(problem.data);
  return new SeatrialError(
    status >= 500 ? "unavailable" : "internal",
    `the hub answered ${path} with ${status}`,
  );
}
