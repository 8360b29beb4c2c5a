import type { TestingHub } from "@seatrial/workflows/testing-hub.ts";
import { type TestingPullRequest, testingPullRequest } from "@seatrial/workflows/testing-pull-requests.ts";
import type { Life, Stage } from "./recorded-lives.ts";

/** Lives of pull requests and repositories to record, by the workflow's id. There is no forge: it denies everything. */
export const shortChanges: Record<string, Life> = {
  "pull-request/p-1": livePullRequest,
  "repository/rp-2": liveRepository,
};
/** The same where a history may not grow long. */
export const longChanges: Record<string, Life> = {
  "pull-request/p-3": liveLongPullRequest,
  "repository/rp-4": liveLongRepository,
};

const sha = "a".repeat(40);

function change(
  hub: TestingHub,
  made: TestingPullRequest,
  facts: Partial<TestingPullRequest["facts"]>,
): void {
  Object.assign(made.facts, facts);
  hub.state.pullRequests.set(made.facts.id, made);
  hub.tellOf("pull_request.changed", made.facts.id);
}
const told = (made: TestingPullRequest, what: string) =>
  made.told.filter((each) => each.what === what).length;

/** Advanced after a refusal, with a step that is done and one that is not, reported, and another worker. */
async function livePullRequest({ hub, begun, restartWorker }: Stage): Promise<void> {
  let refusals = 0;
  hub.answerWith(async ({ path }) => {
    if (!path.endsWith("/advance") || refusals > 0) return null;
    refusals += 1;
    return { status: 422, body: {} };
  });
  const made = testingPullRequest("p-1");
  addRepository(hub, "rp-1");
  change(hub, made, { advanceDue: true, images: [sha], fetch: [sha], commands: [] });
  await hub.until(() => !made.facts.advanceDue && told(made, "images") === 1);
  await begun();
  change(hub, made, { fetch: [], reportDue: true });
  await hub.until(() => hub.reads("/worker/v1/pull-requests/p-1/report") > 0);
  await restartWorker();
  change(hub, made, { reportDue: false, advanceDue: true, lookInSeconds: 1 });
  await hub.until(() => !made.facts.advanceDue);
  change(hub, made, { isOver: true });
}

async function liveLongPullRequest({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  const made = testingPullRequest("p-3");
  addRepository(hub, "rp-1");
  for (let time = 1; time <= 12; time += 1) {
    change(hub, made, { advanceDue: true, fetch: [sha], ...(time % 3 === 0 ? { images: [sha] } : {}) });
    await hub.until(() => !made.facts.advanceDue && made.facts.images.length === 0);
    if (time === 1) await begun();
  }
  change(hub, made, { isOver: true, fetch: [] });
}

function addRepository(hub: TestingHub, id: string, sweepInSeconds = 300) {
  const repository = { repositoryId: id, name: "acme/shop", installationId: null };
  const made = {
    facts: { id, isConnected: true, sweepInSeconds },
    duty: { repository, open: [], commentsSince: null },
    seen: [],
  };
  hub.state.repositories.set(id, made);
  return made;
}

/** Swept without success, then not due, then not connected any more. */
async function liveRepository({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  const made = addRepository(hub, "rp-2", 0);
  hub.tellOf("repository.changed", "rp-2");
  await hub.until(() => made.seen.length === 2);
  await begun();
  made.facts.sweepInSeconds = 1;
  hub.tellOf("repository.changed", "rp-2");
  const reads = hub.reads("/worker/v1/repositories/rp-2");
  await hub.until(() => hub.reads("/worker/v1/repositories/rp-2") > reads + 2);
  made.facts.isConnected = false;
  hub.tellOf("repository.changed", "rp-2");
}

async function liveLongRepository({ hub, begun }: Stage): Promise<void> {
  hub.answerWith(async () => null);
  const made = addRepository(hub, "rp-4", 0);
  for (let time = 1; time <= 12; time += 1) {
    const seen = made.seen.length;
    hub.tellOf("repository.changed", "rp-4");
    await hub.until(() => made.seen.length > seen);
    if (time === 1) await begun();
  }
  made.facts.isConnected = false;
  hub.tellOf("repository.changed", "rp-4");
}
