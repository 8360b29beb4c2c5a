import type { ImagesAnswer } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import type { StepAnswer } from "./slow-steps.ts";

/** When a registry is asked again for an image that is not there yet, unless the hub says. */
const askSeconds = 10;

const imagesAtOnce = 8;
/** Registries that answer slowly must not use up the step's time. */
const deadlineMilliseconds = 240_000;

/**
 * Asks registries for a commit's images and tells the hub what is there. What is missing is asked for again at the hub's
 * pace, and not before a registry wants it.
 */
export async function findImages(
  { hub, registry, signal }: StepDeps,
  pullRequestId: string,
  sha: string,
): Promise<StepAnswer> {
  const waiting = await hub.readImages(pullRequestId, sha);
  const images: ImagesAnswer["images"] = [];
  const waits: number[] = [];
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)]);
  const ask = async () => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift()) {
      const { digest, problem, retryInSeconds = 0 } = await registry.findDigest(image, until);
      images.push({ image, digest, problem });
      waits.push(retryInSeconds);
    }
  };
  await Promise.all(Array.from({ length: imagesAtOnce }, ask));
  await hub.putImages(pullRequestId, sha, { images });
  if (images.every(({ digest }) => digest !== null)) return done;
  const { lookInSeconds } = await hub.readPullRequest(pullRequestId);
  return { done: false, retryInSeconds: Math.max(lookInSeconds ?? askSeconds, ...waits) };
}
