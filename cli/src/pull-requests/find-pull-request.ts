import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { idPattern } from "@seatrial/contracts/ids.ts";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { safeLine } from "../terminal/safe-text.ts";

/** How people write a pull request. */
export const pullRequestWords = "as in acme/shop#12, its number, or its id";

/**
 * A pull request from `owner/name#12`, from a number that only one repository of the project has, or from its id. Throws
 * CliError when there is none or more than one.
 */
export async function findPullRequest(project: ProjectClient, given: string): Promise<PullRequest> {
  if (idPattern("pullRequest").test(given)) return project.getPullRequest(given);
  const [, repository, number] = /^([^#]*?)#?([1-9]\d{0,8})$/.exec(given) ?? [];
  if (number === undefined)
    throw new CliError(`"${safeLine(given, 140)}" is not a pull request`, {
      fix: `write it ${pullRequestWords}; they are in: seatrial pull-request list`,
      exitCode: exitCodes.usage,
    });
  const named = repository ? { repository } : {};
  const { items } = await project.listPullRequests({ number: Number(number), limit: 10, ...named });
  const [found] = items;
  if (found === undefined)
    throw new CliError(`there is no pull request ${safeLine(given, 140)}`, {
      fix: "they are in: seatrial pull-request list",
      exitCode: exitCodes.noAccess,
    });
  const names = new Set(items.map((one) => one.repository));
  // The newest one: a repository that was connected again has its numbers twice.
  if (names.size === 1) return found;
  throw new CliError(`${names.size} repositories have a pull request #${number}`, {
    fix: `say which one: ${[...names].map((name) => `${name}#${number}`).join(", ")}`,
    exitCode: exitCodes.usage,
  });
}
