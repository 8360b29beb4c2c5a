import type { AcceptedVersions } from "./tool-spec.ts";

/** The first `1.2.3` in what a program prints about itself, or undefined. */
export function parseVersion(output: string): string | undefined {
  return /(?<![\d.])\d+\.\d+\.\d+/.exec(output)?.[0];
}

/** Is minimum ≤ version < below, compared by number? */
export function isAccepted(version: string, accepted: AcceptedVersions): boolean {
  return compareVersions(version, accepted.minimum) >= 0 && compareVersions(version, accepted.below) < 0;
}

/** Negative when a < b, zero when equal, positive when a > b. Missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
