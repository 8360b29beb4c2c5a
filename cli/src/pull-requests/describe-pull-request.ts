import type {
  CommitState,
  PullRequest,
  PullRequestCommit,
} from "@seatrial/contracts/pull-requests/pull-request.ts";
import { shortEnvironmentId } from "../environments/find-environment-id.ts";
import { countsOf } from "../runs/describe-verdict.ts";
import { shortRunId } from "../runs/short-run-id.ts";
import type { Output, Tone } from "../terminal/output.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** `acme/shop#12`. */
export function nameOf({ repository, number }: Pick<PullRequest, "repository" | "number">): string {
  return `${safeLine(repository, 140)}#${number}`;
}

export const shortSha = (sha: string): string => sha.slice(0, 12);

const tones: Partial<Record<CommitState, Tone>> = {
  passed: "green",
  failed: "red",
  errored: "red",
  approval_needed: "yellow",
};

/** A commit's state in its colour, as people read it. */
export function describeState(state: CommitState, output: Output): string {
  const tone = tones[state] ?? "dim";
  return output.paint(tone, state.replace("_", " "));
}

/** A pull request as people read it: what it is, its commits with reasons and runs, environments, commands. */
export function describePullRequest(pull: PullRequest, output: Output): string[] {
  const draft = pull.draft ? ", draft" : "";
  const fork = pull.fork ? ", from a fork" : "";
  return [
    `${output.paint("bold", nameOf(pull))}  ${pull.state}${draft}${fork}  ${safeLine(pull.title, 100)}`,
    `  ${safeLine(pull.headBranch, 80)} into ${safeLine(pull.baseBranch, 80)} by ${safeLine(pull.author, 40)}  ${output.paint("dim", pull.id)}`,
    ...pull.commits.flatMap((commit) => describeCommit(pull, commit, output)),
    ...pull.environments.flatMap((environment) => describeEnvironment(environment, output)),
    ...pull.commands.map((command) => describeCommand(command, output)),
  ];
}

function describeCommit(pull: PullRequest, commit: PullRequestCommit, output: Output): string[] {
  const { sha, state, reason, approvedBy, runs } = commit;
  const approved = approvedBy === null ? "" : `  approved by ${safeLine(approvedBy.name, 60)}`;
  const why = reason === null ? "" : `  ${output.paint("dim", safeLine(reason, 300))}`;
  const isHead = sha === pull.headSha;
  const next =
    isHead && state === "approval_needed"
      ? [`    seatrial approve ${nameOf(pull)} --commit ${shortSha(sha)}`]
      : [];
  return [
    `  commit ${shortSha(sha)}  ${describeState(state, output)}${approved}${why}`,
    ...runs.map((run) => `    ${describeRun(run, output)}`),
    ...next,
  ];
}

function describeRun(run: PullRequestCommit["runs"][number], output: Output): string {
  const { name, runId, state, reason, counts } = run;
  const words = [
    `run ${safeLine(name, 60)}`,
    runId === null ? "" : shortRunId(runId),
    state ?? "not started",
    counts === null ? "" : countsOf({ counts }),
    reason === null ? "" : output.paint("dim", safeLine(reason, 300)),
  ];
  return words.filter((word) => word !== "").join("  ");
}

function describeEnvironment(environment: PullRequest["environments"][number], output: Output): string[] {
  const { name, environmentId, state, reason, queuePosition, urls, expiresAt } = environment;
  const place = queuePosition === null ? "" : `  number ${queuePosition} in line`;
  const why = reason === null ? "" : `  ${output.paint("dim", safeLine(reason, 300))}`;
  const end = state === "deleted" ? "" : `  until ${expiresAt}`;
  return [
    `  environment ${safeLine(name, 40)} ${shortEnvironmentId(environmentId)}  ${state}${place}${end}${why}`,
    ...(state === "ready" ? Object.entries(urls) : []).map(
      ([endpoint, url]) => `    ${safeLine(endpoint, 40)}  ${safeLine(url, 200)}`,
    ),
  ];
}

function describeCommand(command: PullRequest["commands"][number], output: Output): string {
  const { kind, argument, by, source, state, reason } = command;
  const asked = [kind ?? "unknown", argument ?? ""].filter((word) => word !== "").join(" ");
  const why = reason === null ? "" : `  ${output.paint("dim", safeLine(reason, 300))}`;
  return `  /${safeLine(asked, 100)}  by ${safeLine(by, 60)} (${source})  ${state}${why}`;
}
