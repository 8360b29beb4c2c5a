import type { PullHandle } from "../support/github/pull-handle.ts";
import { type GitHub, startGitHub } from "../support/github/start-github.ts";
import type { CheckState } from "../support/github/state.ts";
import { DemoError, type DemoForge, type ShownCheck } from "./demo-world.ts";
import type { RepositoryFiles } from "./example-repository.ts";

export const repositoryName = "acme/podinfo";
const author = "ada";

/** A GitHub on this machine with the example as a repository; the hub is told once `deliverTo` was said. */
export async function openForge(files: RepositoryFiles): Promise<{ github: GitHub; forge: DemoForge }> {
  const github = await startGitHub();
  const repository = github.repository(repositoryName, { files });
  repository.permit(author, "write");
  const pulls = new Map<number, PullHandle>();
  const pullOf = (number: number): PullHandle => {
    const pull = pulls.get(number);
    if (pull === undefined) throw new DemoError(`there is no pull request ${number}`);
    return pull;
  };
  const forge: DemoForge = {
    url: github.url,
    async open(title, changed) {
      const pull = await repository.open({ by: author, branch: "greeting", title, files: changed });
      pulls.set(pull.number, pull);
      expectAnswer(github);
      return { number: pull.number, sha: pull.headSha };
    },
    async push(number, changed) {
      const sha = await pullOf(number).push(changed);
      expectAnswer(github);
      return sha;
    },
    async close(number) {
      await pullOf(number).close();
      expectAnswer(github);
    },
    check(sha) {
      const found = repository.checks(sha).at(-1);
      return found === undefined ? null : shown(found);
    },
    violations: () => github.violations,
    stop: () => github.close(),
  };
  return { github, forge };
}

/** What the hub said to the newest webhook: without a good answer nothing would ever follow. */
function expectAnswer({ deliveries }: GitHub): void {
  const answer = deliveries.at(-1)?.answers.at(-1);
  if (answer?.status != null && answer.status < 300) return;
  throw new DemoError(
    `the hub answered the webhook with ${answer?.status ?? "nothing"}: ${answer?.body ?? ""}`,
  );
}

function shown(check: CheckState): ShownCheck {
  return {
    name: check.name,
    status: check.status,
    conclusion: check.conclusion,
    title: check.output.title ?? "",
    summary: check.output.summary ?? "",
    text: check.output.text ?? "",
    annotations: check.annotations.map(({ path, start_line, annotation_level, message }) => ({
      ...{ path, line: start_line, level: annotation_level, message },
    })),
  };
}
