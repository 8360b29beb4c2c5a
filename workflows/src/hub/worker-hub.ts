import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { errorOfProblem, problemSchema } from "@seatrial/contracts/http/problem.ts";
import {
  activityAnswerSchema,
  type OutboxEntry,
  outboxClaimAnswerSchema,
  tickAnswerSchema,
} from "@seatrial/contracts/worker-protocol/outbox.ts";
import { z } from "zod";

export type ActivityAnswer = z.infer<typeof activityAnswerSchema>;
export type TickAnswer = z.infer<typeof tickAnswerSchema>;
export type OutboxClaim = { limit: number; waitSeconds: number; visibilitySeconds: number };

/** The hub's worker routes. Every call throws SeatrialError, code `unavailable` when the hub did not answer. */
export type WorkerHub = {
  claimOutbox: (claim: OutboxClaim, signal: AbortSignal) => Promise<OutboxEntry[]>;
  acknowledge: (ids: string[]) => Promise<void>;
  planRun: (runId: string) => Promise<ActivityAnswer>;
  splitSuite: (runId: string, suite: string) => Promise<ActivityAnswer>;
  settleRun: (runId: string) => Promise<ActivityAnswer>;
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

export function createWorkerHub(options: WorkerHubOptions): WorkerHub {
  const requestSeconds = options.requestSeconds ?? 30;

  async function post<Answer>(
    path: string,
    body: object,
    schema: z.ZodType<Answer>,
    { holdSeconds = 0, signal }: { holdSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const timeout = AbortSignal.timeout((requestSeconds + holdSeconds) * 1_000);
    const response = await options
      .fetch(new URL(`/worker/v1${path}`, options.hubUrl), {
        method: "POST",
        headers: { authorization: `Bearer ${options.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
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

  const at = (runId: string) => `/runs/${encodeURIComponent(runId)}`;
  return {
    claimOutbox: async (claim, signal) =>
      (
        await post("/outbox/claim", claim, outboxClaimAnswerSchema, {
          holdSeconds: claim.waitSeconds,
          signal,
        })
      ).entries,
    acknowledge: async (ids) => {
      await post("/outbox/acknowledge", { ids }, z.unknown());
    },
    planRun: (runId) => post(`${at(runId)}/plan`, {}, activityAnswerSchema),
    splitSuite: (runId, suite) =>
      post(`${at(runId)}/suites/${encodeURIComponent(suite)}/split`, {}, activityAnswerSchema),
    settleRun: (runId) => post(`${at(runId)}/settle`, {}, activityAnswerSchema),
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
