import { openAsBlob } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeatrialError, statusOf } from "@seatrial/contracts/errors.ts";
import type { CommitSource, SourceDuty } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { done, type StepDeps } from "../activities/step-deps.ts";
import { confirmRepository } from "../github/confirm-repository.ts";
import type { RepositoryForge } from "../github/create-github.ts";
import { fetchArchive } from "../github/fetch-archive.ts";
import { ForgeError } from "../github/forge-error.ts";
import { listChangedFiles } from "../github/list-changed-files.ts";
import { readConfiguration } from "../github/read-configuration.ts";
import { ArchiveProblem } from "../github/repack-archive.ts";
import type { StepAnswer } from "./slow-steps.ts";

/** The hub's word about what it was given: the same again would be refused again. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422]);

/** Well above what a step may take. */
const longestMilliseconds = 3_600_000;

const nothing: CommitSource = { contentSha256: null, configuration: null, changedFiles: [], problem: null };

/**
 * Fetches a commit's configuration, changed files and content, and hands them to the hub. A commit without
 * `seatrial.yaml` is not fetched any further.
 */
export async function fetchCommit(deps: StepDeps, pullRequestId: string, sha: string): Promise<StepAnswer> {
  const duty = await deps.hub.readSource(pullRequestId, sha);
  const source = await deps.withRepository(duty.repository, (forge) =>
    readSource(deps, forge, pullRequestId, duty),
  );
  const tell = (said: CommitSource) => deps.hub.putSource(pullRequestId, sha, said, duty.baseBranch);
  await tell(source).catch(async (error: unknown) => {
    const problem = whyNever(error, duty);
    if (problem === null) throw error;
    await tell({ ...nothing, problem });
  });
  return done;
}

async function readSource(
  deps: StepDeps,
  forge: RepositoryForge,
  pullRequestId: string,
  duty: SourceDuty,
): Promise<CommitSource> {
  await confirmRepository(forge, duty.repository);
  const { configuration, problem } = await readConfiguration(forge, duty.configurationSha);
  if (configuration === null) return { ...nothing, problem };
  const changedFiles = await listChangedFiles(forge, duty.number);
  try {
    const contentSha256 = await storeContent(deps, forge, pullRequestId, duty.sha);
    return { contentSha256, configuration, changedFiles, problem: null };
  } catch (error) {
    const never = whyNever(error, duty);
    if (never === null) throw error;
    return { ...nothing, configuration, changedFiles, problem: never };
  }
}

async function storeContent(
  { hub, signal }: StepDeps,
  forge: RepositoryForge,
  pullRequestId: string,
  sha: string,
): Promise<string> {
  const folder = await openFolder();
  try {
    const file = join(folder, "content.tar.gz");
    const { sha256 } = await fetchArchive(forge, sha, file, signal);
    await hub.putContent(pullRequestId, sha, sha256, await openAsBlob(file, { type: "application/gzip" }));
    return sha256;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One of its own. What a worker that was killed left behind is removed before. */
async function openFolder(): Promise<string> {
  const all = join(tmpdir(), "seatrial-commits");
  await mkdir(all, { recursive: true, mode: 0o700 });
  for (const name of await readdir(all)) {
    const left = await stat(join(all, name)).catch(() => null);
    const isOld = left !== null && Date.now() - left.mtimeMs > longestMilliseconds;
    if (isOld) await rm(join(all, name), { recursive: true, force: true });
  }
  return mkdtemp(join(all, "commit-"));
}

/** Null when it may be there the next time. */
function whyNever(error: unknown, { repository, sha }: SourceDuty): string | null {
  if (error instanceof ArchiveProblem)
    return `The files of ${sha.slice(0, 7)} cannot be tested: ${error.message}.`;
  if (error instanceof ForgeError && error.kind === "missing")
    return `${repository.name} has no commit ${sha.slice(0, 7)} any more: push again.`;
  if (error instanceof SeatrialError && refusals.has(statusOf(error.code)))
    return `The files of ${sha.slice(0, 7)} cannot be tested: ${error.message}`.slice(0, 2_000);
  return null;
}
