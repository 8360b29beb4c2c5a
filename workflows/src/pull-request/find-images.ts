import { done, type StepDeps } from "../activities/step-deps.ts";
import type { StepAnswer } from "./slow-steps.ts";

/** How often a registry is asked for an image that is not there yet. */
const askSeconds = 10;

/** Asks registries for a commit's images and tells the hub what is there. */
export async function findImages(
  { hub, registry, signal }: StepDeps,
  pullRequestId: string,
  sha: string,
): Promise<StepAnswer> {
  const names = await hub.readImages(pullRequestId, sha);
  const images = [];
  for (const image of names) images.push({ image, ...(await registry.findDigest(image, signal)) });
  await hub.putImages(pullRequestId, sha, { images });
  return images.every(({ digest }) => digest !== null) ? done : { done: false, retryInSeconds: askSeconds };
}
