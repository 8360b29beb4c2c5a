import type { ImagesAnswer } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import type { StepAnswer } from "./slow-steps.ts";

/** How often a registry is asked for an image that is not there yet. */
const askSeconds = 10;

const imagesAtOnce = 8;
/** Registries that answer slowly must not use up the step's time. */
const deadlineMilliseconds = 240_000;

/** Asks registries for a commit's images and tells the hub what is there. */
export async function findImages(
  { hub, registry, signal }: StepDeps,
  pullRequestId: string,
  sha: string,
): Promise<StepAnswer> {
  const waiting = await hub.readImages(pullRequestId, sha);
  const images: ImagesAnswer["images"] = [];
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)]);
  const ask = async () => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift())
      images.push({ image, ...(await registry.findDigest(image, until)) });
  };
  await Promise.all(Array.from({ length: imagesAtOnce }, ask));
  await hub.putImages(pullRequestId, sha, { images });
  return images.every(({ digest }) => digest !== null) ? done : { done: false, retryInSeconds: askSeconds };
}
