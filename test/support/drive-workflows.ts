import type { EnvironmentFacts, RunFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { decide } from "@seatrial/workflows/environment/decide.ts";
import { type TestHub, workerToken } from "./test-hub.ts";

/** What the workflows of runs and environments do, without Temporal: the real decisions, through the worker's routes. */
export type Workflows = {
  /** Follows the outbox until it is empty. */
  work(): Promise<void>;
  lookAtRun(runId: string): Promise<void>;
  /** Acts until there is nothing to do but to wait, as after a timer. */
  lookAtEnvironment(environmentId: string): Promise<void>;
};

/** More acts than this in one look are a loop that no test means. */
const mostActs = 20;

/** `lookAtPullRequest`: what is done about the entries of pull requests; nothing, if it is not said. */
export function driveWorkflows(
  hub: TestHub,
  { lookAtPullRequest }: { lookAtPullRequest?: (pullRequestId: string) => Promise<void> } = {},
): Workflows {
  const worker = <Answer>(method: string, path: string, body?: unknown) =>
    hub.json<Answer>(method, `/worker/v1/${path}`, {
      token: workerToken,
      ...(body === undefined ? {} : { body }),
    });
  const workflows: Workflows = {
    async work() {
      for (;;) {
        const claim = { limit: 100, waitSeconds: 0, visibilitySeconds: 30 };
        const { entries } = await worker<{ entries: OutboxEntry[] }>("POST", "outbox/claim", claim);
        if (entries.length === 0) return;
        for (const { runId, environmentId, pullRequestId } of entries) {
          if (pullRequestId !== null) await lookAtPullRequest?.(pullRequestId);
          else if (runId !== null) await workflows.lookAtRun(runId);
          else if (environmentId !== null) await workflows.lookAtEnvironment(environmentId);
        }
        await worker("POST", "outbox/acknowledge", { ids: entries.map(({ id }) => id) });
      }
    },
    async lookAtRun(runId) {
      for (let acts = 0; acts < mostActs; acts += 1) {
        const facts = await worker<RunFacts>("GET", `runs/${runId}`);
        const due = [
          ...(facts.planDue ? ["plan"] : []),
          ...facts.splitDue.map((suite) => `suites/${suite}/split`),
          ...(facts.settleDue ? ["settle"] : []),
        ];
        let isChanged = false;
        for (const step of due) {
          const { changed } = await worker<{ changed: boolean }>("POST", `runs/${runId}/${step}`);
          isChanged ||= changed;
        }
        if (!isChanged) return;
      }
      throw new Error(`run ${runId} is never done`);
    },
    async lookAtEnvironment(environmentId) {
      const path = `environments/${environmentId}`;
      for (let acts = 0; acts < mostActs; acts += 1) {
        const decision = decide(await worker<EnvironmentFacts>("GET", path));
        if (decision.do === "wait" || decision.do === "end") return;
        const { do: what, ...body } = decision;
        if (what === "start") await worker("POST", `${path}/operations`, body);
        else if (what === "expire") await worker("POST", `${path}/expire`);
        else await worker("POST", `${path}/give-up`, body);
      }
      throw new Error(`environment ${environmentId} is never done`);
    },
  };
  return workflows;
}
