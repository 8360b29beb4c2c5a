import type {
  CommandDuty,
  PullRequestFacts,
  PullRequestReport,
  SourceDuty,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import { diffOf } from "./github/diff.ts";
import type { GitHub } from "./github/start-github.ts";
import type { FileSpec, Files } from "./github/state.ts";
import { archiveOf, sha256Of } from "./hub-fixtures.ts";
import { type TestHub, workerToken } from "./test-hub.ts";

/** What is where: an image's digest, or why it cannot be asked for. */
export type Registry = Map<string, { digest: string } | { problem: string }>;

/** More looks than this at a pull request that goes on changing are a loop that no test means. */
const mostLooks = 20;

/**
 * What the workflow of a pull request does, without Temporal and without the network: the facts' due steps through the
 * worker's routes, with the fake GitHub's state for its API and a map for registries. `lookAtPullRequest` looks until
 * nothing is due but waiting.
 */
export function drivePullRequests(hub: TestHub, github: GitHub, registry: Registry) {
  const worker = <Answer>(method: string, path: string, body?: unknown) =>
    hub.json<Answer>(method, `/worker/v1/pull-requests/${path}`, {
      token: workerToken,
      ...(body === undefined ? {} : { body }),
    });

  async function fetchCommit(id: string, sha: string): Promise<void> {
    const path = `${id}/commits/${sha}`;
    const duty = await worker<SourceDuty>("GET", `${path}/source`);
    const files: Files = github.state.commits.get(sha)?.files ?? {};
    const entries = Object.entries(files).map(([name, file]) => ({ name, text: textOf(file) }));
    const archive = await archiveOf(entries);
    const contentSha256 = sha256Of(archive);
    const headers = { "content-type": "application/gzip" };
    await hub.json("PUT", `/worker/v1/pull-requests/${path}/content/${contentSha256}`, {
      ...{ token: workerToken, body: archive, headers },
    });
    const written = github.state.commits.get(duty.configurationSha)?.files["seatrial.yaml"];
    const configuration = written === undefined ? null : textOf(written);
    const changedFiles = changedBy(github, duty).map((file) => ({ path: file, line: 1 }));
    const base = new URLSearchParams({ baseBranch: duty.baseBranch ?? "" });
    const source = { contentSha256, configuration, changedFiles, problem: null };
    await worker("POST", `${path}/source?${base}`, source);
  }

  async function lookAtImages(id: string, sha: string): Promise<void> {
    const path = `${id}/commits/${sha}/images`;
    const { images } = await worker<{ images: string[] }>("GET", path);
    const answers = images.map((image) => ({
      ...{ image, digest: null, problem: null },
      ...registry.get(image),
    }));
    await worker("POST", path, { images: answers });
  }

  async function judge(id: string, command: string): Promise<void> {
    const path = `${id}/commands/${command}`;
    const { repository, login } = await worker<CommandDuty>("GET", path);
    const [owner = "", name = ""] = repository.name.split("/");
    const permission = github.state.repository(owner, name)?.permissions.get(login) ?? "read";
    await worker("POST", `${path}/judge`, { permission });
  }

  /** Everything is told, and every part gets an id of its own. */
  async function report(id: string): Promise<void> {
    const { checks, comment, deployments } = await worker<PullRequestReport>("GET", `${id}/report`);
    let last = 100;
    const nextId = () => {
      last += 1;
      return last;
    };
    await worker("POST", `${id}/reported`, {
      checks: checks.map(({ sha, digest }) => ({ sha, digest, checkRunId: nextId() })),
      comment: comment === null ? null : { commentId: nextId(), digest: comment.digest },
      deployments: deployments.map(({ environmentId, sha, digest }) => {
        return { environmentId, sha, digest, deploymentId: nextId() };
      }),
    });
  }

  async function lookAtPullRequest(id: string): Promise<PullRequestFacts> {
    let hasAskedRegistries = false;
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const facts = await worker<PullRequestFacts>("GET", id);
      const isImageLook: boolean =
        facts.images.length > 0 && facts.lookInSeconds === null && !hasAskedRegistries;
      const isIdle =
        facts.commands.length + facts.fetch.length === 0 && !facts.advanceDue && !facts.reportDue;
      if (isIdle && !isImageLook) return facts;
      for (const command of facts.commands) await judge(id, command);
      for (const sha of facts.fetch) await fetchCommit(id, sha);
      for (const sha of isImageLook ? facts.images : []) await lookAtImages(id, sha);
      hasAskedRegistries ||= isImageLook;
      if (facts.advanceDue) await worker("POST", `${id}/advance`);
      else if (facts.reportDue) await report(id);
    }
    throw new Error(`pull request ${id} is never done`);
  }
  return { lookAtPullRequest, fetchCommit };
}

function textOf(file: FileSpec): string {
  if (typeof file === "string") return file;
  return "link" in file ? file.link : file.text;
}

function changedBy(github: GitHub, { repository, number }: SourceDuty): string[] {
  const [owner = "", name = ""] = repository.name.split("/");
  const pull = github.state.repository(owner, name)?.pulls.get(number);
  if (pull === undefined) throw new Error(`there is no pull request ${number}`);
  return diffOf(github.state, pull.base.sha, pull.head.sha).map(({ filename }) => filename);
}
