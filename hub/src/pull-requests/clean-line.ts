import type { ForgePullRequest } from "@seatrial/contracts/worker-protocol/repositories.ts";
import { cutText } from "../reports/safe-text.ts";

/** Controls, line breaks, and marks that turn the reading direction or are not seen (Unicode general category Cf). */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Untrusted text as one line of at most `characters`, without anything that is not seen. */
export function cleanLine(text: string, characters: number): string {
  // Cut first: a text may have megabytes.
  const line = text.slice(0, characters * 4).replace(unseen, " ");
  return cutText(line.replace(/\s+/g, " ").trim(), characters);
}

/** A telling of the forge with its texts made safe and cut to what is stored. */
export function cleanTelling(told: ForgePullRequest): ForgePullRequest {
  const { headRepository, baseRepository } = told;
  return {
    ...told,
    title: cleanLine(told.title, 500),
    author: cleanLine(told.author, 100),
    labels: told.labels.slice(0, 100).map((label) => cleanLine(label, 100)),
    baseBranch: cleanLine(told.baseBranch, 250),
    headBranch: cleanLine(told.headBranch, 250),
    headRepository: headRepository === null ? null : cleanLine(headRepository, 140),
    baseRepository: baseRepository ? cleanLine(baseRepository, 140) : null,
  };
}
