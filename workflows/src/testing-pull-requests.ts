import type {
  CommandDuty,
  PullRequestFacts,
  PullRequestReport,
  Reported,
  RepositoryPlace,
} from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import type { RepositoryFacts, SweepDuty } from "@seatrial/contracts/worker-protocol/repositories.ts";

type Body = Record<string, unknown>;
type Answer = { status: number; body: unknown };

/** A pull request as the testing hub has it: each step takes its own off the facts. */
export type TestingPullRequest = {
  facts: PullRequestFacts;
  place: RepositoryPlace;
  commands: Record<string, Omit<CommandDuty, "repository">>;
  images: string[];
  report: Omit<PullRequestReport, "repository">;
  /** What was told of it, by its last part: `source`, `images`, `judge`, `reported`. */
  told: { what: string; body: Body }[];
};
export type TestingRepository = { facts: RepositoryFacts; duty: SweepDuty; seen: Body[] };

const nothingToReport = { number: 1, checks: [], comment: null, deployments: [] };

/** One that needs nothing but what is given. */
export function testingPullRequest(
  id: string,
  facts: Partial<PullRequestFacts> = {},
  rest: Partial<Omit<TestingPullRequest, "facts">> = {},
): TestingPullRequest {
  return {
    facts: {
      ...{ id, isOver: false, commands: [], fetch: [], images: [] },
      ...{ advanceDue: false, reportDue: false, lookInSeconds: null },
      ...facts,
    },
    place: { repositoryId: "rp-1", name: "acme/shop", installationId: null },
    ...{ commands: {}, images: [], report: nothingToReport, told: [] },
    ...rest,
  };
}

/** The hub's answer about a pull request; `path` is what comes after its id. */
export function aboutPullRequest(
  pull: TestingPullRequest,
  method: string,
  path: readonly string[],
  body: Body,
): Answer {
  const [verb, key = "", what = verb] = path;
  const { facts, place } = pull;
  const answer = (answered: unknown): Answer => ({ status: 200, body: answered });
  if (verb === undefined) return answer(facts);
  if (method === "GET") return answer(dutyOf(pull, what ?? "", key));
  pull.told.push({ what: String(what), body });
  if (what === "advance") {
    facts.advanceDue = false;
    return answer({ changed: true });
  }
  if (what === "judge") {
    facts.commands = facts.commands.filter((each) => each !== key);
    return answer({ state: body.permission === "write" ? "done" : "refused" });
  }
  if (what === "source") facts.fetch = facts.fetch.filter((sha) => sha !== key);
  if (what === "reported") noteReported(pull, body as Reported);
  if (
    what === "images" &&
    (body.images as { digest: string | null }[]).every(({ digest }) => digest !== null)
  )
    facts.images = facts.images.filter((sha) => sha !== key);
  return answer({ place });
}

function dutyOf(
  { place: repository, commands, images, report }: TestingPullRequest,
  what: string,
  key: string,
) {
  if (what === "report") return { repository, ...report };
  if (what === "source") return { repository, number: report.number, sha: key, configurationSha: key };
  if (what === "images") return { images };
  return { repository, ...commands[key] };
}

function noteReported(pull: TestingPullRequest, { checks, comment, deployments }: Reported): void {
  const { report, facts } = pull;
  pull.report = {
    ...report,
    checks: report.checks.filter((each) => !checks.some(({ digest }) => digest === each.digest)),
    comment: comment?.digest === report.comment?.digest ? null : report.comment,
    deployments: report.deployments.filter(
      (each) => !deployments.some(({ digest }) => digest === each.digest),
    ),
  };
  const { checks: left, comment: isLeft, deployments: leftToo } = pull.report;
  facts.reportDue = left.length > 0 || isLeft !== null || leftToo.length > 0;
}

export function aboutRepository(repository: TestingRepository, verb: string | undefined, body: Body): Answer {
  const { facts, duty } = repository;
  if (verb === undefined) return { status: 200, body: facts };
  if (verb === "sweep") return { status: 200, body: duty };
  repository.seen.push(body);
  if (body.problem === null) facts.sweepInSeconds = 300;
  return { status: 200, body: {} };
}
