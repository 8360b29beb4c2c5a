import type { CommitRow } from "../pull-requests/pull-request-row.ts";

const firstSeconds = 5;
const slowestSeconds = 60;

/**
 * How long until registries are asked again for what a commit waits for: soon at first, as its build may end just now,
 * then after a tenth of the time that it has waited already.
 */
export function nextLookSeconds(
  { imagesSince, imagesLookedAt }: Pick<CommitRow, "imagesSince" | "imagesLookedAt">,
  now: Date,
): number {
  if (imagesSince === null || imagesLookedAt === null || imagesLookedAt < imagesSince) return 0;
  const waitedSeconds = (imagesLookedAt.getTime() - imagesSince.getTime()) / 1_000;
  const pauseSeconds = Math.min(slowestSeconds, Math.max(firstSeconds, waitedSeconds / 10));
  return Math.max(0, pauseSeconds - (now.getTime() - imagesLookedAt.getTime()) / 1_000);
}
