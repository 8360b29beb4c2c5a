import { changedHere } from "./changed-here.ts";
import { type CommitWorld, checkState } from "./check-state.ts";
import { environmentLine } from "./environment-lines.ts";
import { newsOf } from "./news-of.ts";
import type { ReportWorld, ShownCommit, ShownRun } from "./report-world.ts";
import { join, runText } from "./run-text.ts";
import { code, shortSha } from "./safe-markdown.ts";
import { elsewhereText } from "./shared-state.ts";

const mostRed = 20;
const mostProblems = 20;

/** The check's summary as paragraphs of safe Markdown: what is known of a commit, the red first. */
export function checkSummary(
  world: CommitWorld,
  about: Pick<ReportWorld, "repository" | "pullRequest">,
  moreAnnotations: number,
): string {
  const { commit, runs, environments, next } = world;
  const { title } = checkState(world);
  const paragraphs: string[][] = [elsewhereText(world, about.pullRequest.number)];
  if (commit.state === "approval_needed") paragraphs.push(...approvalText(commit.sha, about));
  if (commit.state === "superseded" && next !== null)
    paragraphs.push([`Commit ${shortSha(next)} came first: the verdict is there.`]);
  if (commit.state === "ignored" || commit.state === "cancelled" || commit.state === "errored")
    paragraphs.push(newsOf(commit.reason, title));
  if (commit.state === "images") paragraphs.push(waitingImages(world));
  // What came of a commit that another one overtook says nothing, and nobody looks for it there.
  const tells = commit.state !== "superseded" && commit.state !== "approval_needed";
  if (tells) {
    paragraphs.push(problemLines(world));
    const said = `${title} ${commit.reason ?? ""}`;
    for (const run of runs) paragraphs.push(...runText(run, { isNamed: runs.length > 1, mostRed, said }));
    const isRed = isRedCommit(commit);
    if (isRed) paragraphs.push(changedHere(commit.changedFiles, runs, environments));
    paragraphs.push(
      environments.map((one) => `- ${environmentLine(one)}`),
      imageLines(world),
    );
    if (isRed && next === null) paragraphs.push(againText(commit, runs));
  }
  if (moreAnnotations > 0)
    paragraphs.push([`And ${moreAnnotations} more lines are wrong than a check can mark.`]);
  return join(paragraphs);
}

/** Red for what it does, not for how its configuration is written: there, another try helps nobody. */
export function isRedCommit({ state, problems }: ShownCommit): boolean {
  return state === "failed" || (state === "errored" && problems.length === 0);
}

function approvalText(
  sha: string,
  { repository, pullRequest }: Pick<ReportWorld, "repository" | "pullRequest">,
) {
  const from = pullRequest.headRepository;
  const origin = from === null ? "a repository that is gone" : code(from, 140);
  return [
    [
      `This commit comes from ${origin}. Nothing of it is read, applied or run until somebody with write access to ${code(repository.name, 140)} approves exactly this commit. Read the change first, then do one of these:`,
    ],
    [
      `- comment \`/seatrial approve ${sha}\``,
      "- set the label `seatrial:approve`",
      `- run \`seatrial approve ${repository.name}#${pullRequest.number} --commit ${sha}\``,
    ],
    [
      "A later commit needs an approval of its own. Its configuration is read from the base, never from the fork.",
    ],
  ];
}

function problemLines({ commit, isFork }: CommitWorld): string[] {
  const { problems } = commit;
  if (problems.length === 0) return [];
  const shown = problems
    .slice(0, mostProblems)
    .map(({ line, message }) => `- ${code(`seatrial.yaml:${line}`)}: ${code(message, 500)}`);
  const more = problems.length - shown.length;
  const whose = isFork ? ["It is the base's `seatrial.yaml` that counts for a fork: mend it there.", ""] : [];
  return [...whose, ...shown, ...(more > 0 ? [`- and ${more} more: \`seatrial validate\``] : [])];
}

/** With what a registry said, where that is known. */
function waitingImages({ commit }: CommitWorld): string[] {
  if (commit.reason !== null) return [code(commit.reason, 2_000)];
  return Object.entries(commit.images)
    .filter(([, digest]) => digest === null)
    .map(([image]) => `- ${code(image, 500)} is not there yet`);
}

function imageLines({ commit }: CommitWorld): string[] {
  return Object.entries(commit.images).flatMap(([image, digest]) =>
    digest === null ? [] : [`- Image ${code(image, 500)} is ${code(digest, 80)}`],
  );
}

/** How to try once more what was red: each of these changes the verdict. */
function againText({ hasConfiguration, images }: ShownCommit, runs: readonly ShownRun[]): string[] {
  const isBegun = hasConfiguration && Object.values(images).every((digest) => digest !== null);
  const red = runs.flatMap(({ run }) =>
    isBegun && (run?.state === "failed" || run?.state === "errored") ? [run.id] : [],
  );
  const commands = red.map((id) => `\`seatrial runs rerun ${id.slice(0, 8)} --failed\``);
  return [["Once more: comment `/seatrial rerun`", ...commands].join(", or run ")];
}
