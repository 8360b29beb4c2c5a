import {
  advanceAnswerSchema,
  type CommandDuty,
  type CommitSource,
  commandDutySchema,
  type ImagesAnswer,
  imagesDutySchema,
  judgeAnswerSchema,
  type judgeCommandSchema,
  type PullRequestFacts,
  type PullRequestReport,
  pullRequestFactsSchema,
  pullRequestReportSchema,
  type Reported,
  type SourceDuty,
  sourceDutySchema,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import {
  type RepositoryFacts,
  repositoryFactsSchema,
  type Seen,
  type SweepDuty,
  sweepDutySchema,
} from "@seatrial/contracts/worker-protocol/repositories.ts";
import { z } from "zod";

type Verdict = z.infer<typeof judgeAnswerSchema>["state"];

/** The hub's worker routes about pull requests and repositories. */
export type PullRequestCalls = {
  readPullRequest: (pullRequestId: string) => Promise<PullRequestFacts>;
  advancePullRequest: (pullRequestId: string) => Promise<{ changed: boolean }>;
  readCommand: (pullRequestId: string, commandId: string) => Promise<CommandDuty>;
  judgeCommand: (
    pullRequestId: string,
    commandId: string,
    judgement: z.infer<typeof judgeCommandSchema>,
  ) => Promise<Verdict>;
  readSource: (pullRequestId: string, sha: string) => Promise<SourceDuty>;
  /** Sends the file's bytes. */
  putContent: (pullRequestId: string, sha: string, sha256: string, archive: Blob) => Promise<void>;
  /** `baseBranch`: as the duty named it. */
  putSource: (
    pullRequestId: string,
    sha: string,
    source: CommitSource,
    baseBranch: string | undefined,
  ) => Promise<void>;
  readImages: (pullRequestId: string, sha: string) => Promise<string[]>;
  putImages: (pullRequestId: string, sha: string, answer: ImagesAnswer) => Promise<void>;
  readReport: (pullRequestId: string) => Promise<PullRequestReport>;
  noteReported: (pullRequestId: string, reported: Reported) => Promise<void>;
  readRepository: (repositoryId: string) => Promise<RepositoryFacts>;
  readSweep: (repositoryId: string) => Promise<SweepDuty>;
  noteSeen: (repositoryId: string, seen: Seen) => Promise<void>;
};

export type HubCalls = {
  get: <Answer>(path: string, schema: z.ZodType<Answer>) => Promise<Answer>;
  post: <Answer>(path: string, body: object, schema: z.ZodType<Answer>) => Promise<Answer>;
  put: (path: string, body: Blob) => Promise<void>;
};

export function createPullRequestCalls({ get, post, put }: HubCalls): PullRequestCalls {
  const one = (pullRequestId: string) => `/pull-requests/${encodeURIComponent(pullRequestId)}`;
  const commandOf = (pullRequestId: string, commandId: string) =>
    `${one(pullRequestId)}/commands/${encodeURIComponent(commandId)}`;
  const commitOf = (pullRequestId: string, sha: string) =>
    `${one(pullRequestId)}/commits/${encodeURIComponent(sha)}`;
  const repository = (repositoryId: string) => `/repositories/${encodeURIComponent(repositoryId)}`;
  const say = async (path: string, body: object) => {
    await post(path, body, z.unknown());
  };
  return {
    readPullRequest: (id) => get(one(id), pullRequestFactsSchema),
    advancePullRequest: (id) => post(`${one(id)}/advance`, {}, advanceAnswerSchema),
    readCommand: (id, commandId) => get(commandOf(id, commandId), commandDutySchema),
    judgeCommand: async (id, commandId, judgement) =>
      (await post(`${commandOf(id, commandId)}/judge`, judgement, judgeAnswerSchema)).state,
    readSource: (id, sha) => get(`${commitOf(id, sha)}/source`, sourceDutySchema),
    putContent: (id, sha, sha256, archive) => put(`${commitOf(id, sha)}/content/${sha256}`, archive),
    putSource: (id, sha, source, baseBranch) => {
      // A hub of the version before names none, and takes none.
      const query = baseBranch === undefined ? "" : `?${new URLSearchParams({ baseBranch })}`;
      return say(`${commitOf(id, sha)}/source${query}`, source);
    },
    readImages: async (id, sha) => (await get(`${commitOf(id, sha)}/images`, imagesDutySchema)).images,
    putImages: (id, sha, answer) => say(`${commitOf(id, sha)}/images`, answer),
    readReport: (id) => get(`${one(id)}/report`, pullRequestReportSchema),
    noteReported: (id, reported) => say(`${one(id)}/reported`, reported),
    readRepository: (id) => get(repository(id), repositoryFactsSchema),
    readSweep: (id) => get(`${repository(id)}/sweep`, sweepDutySchema),
    noteSeen: (id, seen) => say(`${repository(id)}/seen`, seen),
  };
}
