import type { Reported } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import { ForgeError } from "../github/forge-error.ts";
import { sendCheck } from "../github/send-check.ts";
import { sendComment } from "../github/send-comment.ts";
import { sendDeployment } from "../github/send-deployment.ts";
import { isRefusal, refusalSeconds } from "./refusals.ts";
import type { StepAnswer } from "./slow-steps.ts";

const nothing: Reported = { checks: [], comment: null, deployments: [] };

/** Between two reports while nobody has approved what came from elsewhere. */
const unapprovedSeconds = 30;

/**
 * Brings the forge to what the hub says: checks, the comment, deployments. The hub is told after each, so that a crash
 * repeats little; what failed does not keep the rest from being sent. What the forge denies or refuses is sent again
 * after a while, or when it changed. Throws ForgeError for what may go better soon.
 */
export async function tellForge(deps: StepDeps, pullRequestId: string): Promise<StepAnswer> {
  const { hub } = deps;
  const report = await hub.readReport(pullRequestId);
  const note = (part: Partial<Reported>) => hub.noteReported(pullRequestId, { ...nothing, ...part });
  const { repository, number, checks, comment, deployments } = report;
  const failures: unknown[] = [];
  const waits: number[] = [];
  const send = async (name: string, part: () => Promise<void>) => {
    // A limit is for all of them.
    if (failures.some((each) => each instanceof ForgeError && each.kind === "limited")) return;
    const what = `${pullRequestId}/${name}`;
    const secondsLeft = deps.refusals.secondsLeft(what);
    if (secondsLeft > 0) return void waits.push(secondsLeft);
    await part().catch((error: unknown) => {
      if (!isRefusal(error)) return void failures.push(error);
      deps.logger.warn({ pullRequestId, part: name, error: String(error) }, "the forge does not take it");
      deps.refusals.note(repository.repositoryId, what, error);
      waits.push(refusalSeconds);
    });
  };
  for (const check of checks) {
    const { sha, digest } = check;
    await send(`check/${sha}/${digest}`, async () => {
      const checkRunId = await deps.withRepository(repository, (forge) => sendCheck(forge, check));
      await note({ checks: [{ sha, checkRunId, digest }] });
    });
  }
  if (comment !== null)
    await send(`comment/${comment.digest}`, async () => {
      const commentId = await deps.withRepository(repository, (forge) => sendComment(forge, number, comment));
      await note({ comment: { commentId, digest: comment.digest } });
    });
  for (const duty of deployments) {
    const { environmentId, sha, digest } = duty;
    await send(`deployment/${environmentId}/${sha}/${digest}`, async () => {
      const deploymentId = await deps.withRepository(repository, (forge) => sendDeployment(forge, duty));
      await note({ deployments: [{ environmentId, sha, deploymentId, digest }] });
    });
  }
  if (failures.length > 0) throw failures.at(-1);
  if (waits.length > 0) return { done: false, retryInSeconds: Math.min(...waits), soonerAtNews: true };
  // A stranger's pushes must not use up what the forge takes from the App in an hour.
  const isUnapproved = checks.some(({ conclusion }) => conclusion === "action_required");
  return isUnapproved ? { done: true, retryInSeconds: unapprovedSeconds } : done;
}
