import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import type { CommitRow, PullRequestRow } from "../pull-requests/pull-request-row.ts";
import { changeOf } from "./change-of.ts";
import { imageReferences, isImageReference } from "./image-references.ts";

/** A commit names no more images than this: each is asked for at a registry. */
const mostImages = 100;

export type Awaiting =
  | { problem: string }
  | { problem?: never; state: "images" | "running"; images: CommitRow["images"]; reason: string | null };

/** What a commit waits for before these runs may begin; images that it has found already stay as they are. */
export function awaitImages(
  pullRequest: PullRequestRow,
  { sha, images }: Pick<CommitRow, "sha" | "images">,
  configuration: NonNullable<CommitRow["configuration"]>,
  runs: readonly ResolvedRun[],
): Awaiting {
  const references = imageReferences(configuration, runs, changeOf(pullRequest, sha));
  const wrong = references.find((reference) => reference.length > 500 || !isImageReference(reference));
  if (wrong !== undefined)
    return {
      problem: `"${wrong.slice(0, 300)}" cannot be an image: write it as in ghcr.io/acme/checkout:\${change.sha}`,
    };
  const all = Object.fromEntries([
    ...Object.entries(images),
    ...references.map((reference) => [reference, images[reference] ?? null] as const),
  ]);
  if (Object.keys(all).length > mostImages)
    return {
      problem: `its environments name ${Object.keys(all).length} images, and at most ${mostImages} are awaited`,
    };
  const missing = missingImages(all);
  return {
    state: missing.length > 0 ? "images" : "running",
    images: all,
    reason: missing.length > 0 ? `waits for ${nameImages(missing)}` : null,
  };
}

export function missingImages(images: CommitRow["images"]): string[] {
  return Object.entries(images).flatMap(([reference, digest]) => (digest === null ? [reference] : []));
}

/** `image a and 2 more`. */
export function nameImages(references: readonly string[]): string {
  const [first = ""] = references;
  return references.length < 2 ? `image ${first}` : `image ${first} and ${references.length - 1} more`;
}
