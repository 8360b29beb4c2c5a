import type { CommitWorld } from "./check-state.ts";
import type { ReportWorld } from "./report-world.ts";

/** Each commit with what belongs to it, newest first. */
export function commitWorlds(world: ReportWorld): CommitWorld[] {
  const { commits, runs, environments, pullRequest, sameCommits } = world;
  return commits.map((commit, index) => ({
    commit,
    runs: runs.filter(({ sha }) => sha === commit.sha),
    environments: newestOfEach(environments.filter(({ sha }) => sha === commit.sha)),
    next: commits[index - 1]?.sha ?? null,
    isFork: pullRequest.fork,
    isHead: pullRequest.state === "open" && commit.sha === pullRequest.headSha,
    elsewhere: sameCommits.filter(({ sha }) => sha === commit.sha),
  }));
}

/** Of environments, newest first, the newest of each name; by name. */
export function newestOfEach<Environment extends { name: string }>(
  environments: readonly Environment[],
): Environment[] {
  const newest = new Map<string, Environment>();
  for (const environment of environments)
    if (!newest.has(environment.name)) newest.set(environment.name, environment);
  return [...newest.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
