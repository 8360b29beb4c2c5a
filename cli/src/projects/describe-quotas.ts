import type { Project } from "@seatrial/contracts/projects/project.ts";

/** What a project may have at once: `40 shards and 6 environments at once`. */
export function describeQuotas({ runningQuota, environmentQuota }: Project): string {
  const environments = environmentQuota === 1 ? "environment" : "environments";
  return `${runningQuota} ${runningQuota === 1 ? "shard" : "shards"} and ${environmentQuota} ${environments} at once`;
}
