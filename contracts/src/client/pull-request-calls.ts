import { z } from "zod";
import { pageSchema } from "../http/page.ts";
import type { giveCommandSchema } from "../pull-requests/command.ts";
import { pullRequestSchema } from "../pull-requests/pull-request.ts";
import { type ConnectRepositoryInput, repositorySchema } from "../repositories/repository.ts";
import type { PageQuery } from "./read-pages.ts";
import { type ClientOptions, sendForJson } from "./send-request.ts";

export type PullRequestFilter = PageQuery & { state?: string; repository?: string; number?: number };

/** The repositories and pull requests of one project; see createHubClient for errors. Each call but the reads is in the audit. */
export function pullRequestCalls(options: ClientOptions, base: string) {
  const repositories = `${base}/repositories`;
  const pullRequests = `${base}/pull-requests`;
  const repositoryAt = (repository: string) => `${repositories}/${encodeURIComponent(repository)}`;
  const at = (pullRequest: string) => `${pullRequests}/${encodeURIComponent(pullRequest)}`;
  return {
    /** Needs a token of the platform team, as does the other end. The same again changes nothing. */
    connectRepository: (repository: ConnectRepositoryInput) =>
      sendForJson(options, repositories, repositorySchema, { method: "POST", json: repository }),
    listRepositories: (query: PageQuery = {}) =>
      sendForJson(options, repositories, pageSchema(repositorySchema), { query }),
    getRepository: (repository: string) => sendForJson(options, repositoryAt(repository), repositorySchema),
    /** Its open pull requests end, and their environments go. */
    disconnectRepository: async (repository: string): Promise<void> => {
      await sendForJson(options, repositoryAt(repository), z.unknown(), { method: "DELETE" });
    },

    listPullRequests: (query: PullRequestFilter = {}) =>
      sendForJson(options, pullRequests, pageSchema(pullRequestSchema), { query }),
    getPullRequest: (pullRequest: string) => sendForJson(options, at(pullRequest), pullRequestSchema),
    /** Lets this commit of a fork be applied and run, and no other. Throws `conflict` when it is not the newest. */
    approvePullRequest: (pullRequest: string, sha: string) =>
      sendForJson(options, `${at(pullRequest)}/approve`, pullRequestSchema, {
        method: "POST",
        json: { sha },
      }),
    /** Throws `conflict` with why it cannot be done. */
    commandPullRequest: (pullRequest: string, command: z.input<typeof giveCommandSchema>) =>
      sendForJson(options, `${at(pullRequest)}/commands`, pullRequestSchema, {
        method: "POST",
        json: command,
      }),
  };
}
