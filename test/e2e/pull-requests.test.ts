import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { PullHandle } from "../support/github/pull-handle.ts";
import type { CheckState } from "../support/github/state.ts";
import { canRunLab } from "../support/lab-stack.ts";
import { openPullRequestLab, type PullRequestLab, tagImage } from "../support/pull-request-lab.ts";

/** Values of a ConfigMap tell which commit is deployed. */
const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {value: "${value}"}\n`;

/** Not ready before somebody makes a ConfigMap that its pod wants. */
const waiting = (image: string, value: string) => `${configMap(value)}---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: ${image}
          command: [sleep, infinity]
          envFrom: [{configMapRef: {name: late}}]
`;

const configuration = (image: string, environment = "manifests: app.yaml") => `
version: 1
environments:
  preview: {${environment}}
suites:
  smoke: {image: "${image}", command: [sh, check.sh], timeout: 10m, resources: {cpu: 20m, memory: 32Mi}}
runs:
  pull-request: {when: {pull_request: {}}, environment: preview, suites: [smoke]}
`;

const newest = ({ commits }: PullRequest) => commits[0];
const preview = ({ environments }: PullRequest) => environments.find(({ name }) => name === "preview");
const isPassed = (sha: string) => (pullRequest: PullRequest) =>
  newest(pullRequest)?.sha === sha && newest(pullRequest)?.state === "passed";

describe.runIf(canRunLab)("pull requests, on a real cluster", () => {
  let lab: PullRequestLab;
  let image: string;
  let taggable: string;
  let never: PullHandle;
  beforeAll(async () => {
    lab = await openPullRequestLab(
      ({ images }) => {
        image = images.busybox;
        taggable = image.replace(/@.*$/, "");
        return {
          "seatrial.yaml": configuration(image),
          "app.yaml": configMap("base"),
          "check.sh": "true\n",
        };
      },
      { overrides: { imageWaitSeconds: 90 } },
    );
    lab.shop.permit("maintainer", "write");
    // Its time runs while other tests do.
    never = await open("never", withImage());
  });
  afterEach(() => {
    expect(lab.github.violations).toEqual([]);
  });
  afterAll(async () => {
    try {
      expect(await lab?.closeAll()).toEqual([]);
    } finally {
      await lab?.close();
    }
  });

  const open = (branch: string, files: Record<string, string>, fields: { fork?: string } = {}) =>
    lab.shop.open({ by: fields.fork ?? "author", branch, files, ...fields });
  /** A deployment whose image the commit's build pushes, under the commit's name. */
  const withImage = () => ({
    "seatrial.yaml": configuration(
      image,
      `manifests: app.yaml, images: {"${taggable}": "${taggable}:\${change.sha}"}`,
    ),
    "app.yaml": waiting(`${taggable}:lab`, "image").replace(/ *envFrom.*\n/, ""),
  });
  const valueIn = (namespace: string) =>
    lab.kubectl.run(["-n", namespace, "get", "configmap", "app", "-o", "jsonpath={.data.value}"]);
  const hasPods = async (namespace: string) =>
    (await lab.kubectl.run(["-n", namespace, "get", "pods", "-o", "name"])) !== "";
  const checkOf = (sha: string): CheckState | undefined => lab.shop.checks(sha).at(-1);
  /** Waits until GitHub shows this end of a commit's check, its only one. */
  async function untilCheck(sha: string, conclusion: string): Promise<void> {
    const isTold = await waitUntil(async () => checkOf(sha)?.conclusion === conclusion, 180, 250);
    expect(isTold, JSON.stringify(lab.shop.checks(sha))).toBe(true);
    expect(lab.shop.checks(sha)).toHaveLength(1);
  }
  async function environmentOf(pull: PullHandle) {
    const id = preview(await lab.until(pull, (each) => preview(each) !== undefined))?.environmentId ?? "";
    return lab.stack.project.getEnvironment(id);
  }
  /** The pull request's environment while its pods wait for something: it is being applied. */
  async function untilApplying(pull: PullHandle) {
    const environment = await environmentOf(pull);
    expect(await waitUntil(() => hasPods(environment.namespace), 240, 250)).toBe(true);
    return environment;
  }
  async function runOf(pull: PullHandle, sha: string): Promise<string> {
    const asked = await lab.until(pull, (each) => commitOf(each, sha)?.runs[0]?.runId != null);
    return commitOf(asked, sha)?.runs[0]?.runId ?? "";
  }
  const commitOf = ({ commits }: PullRequest, sha: string) => commits.find((each) => each.sha === sha);
  const isRunning = async (runId: string) => {
    const shards = await lab.stack.project.listShards(runId);
    return shards.some(({ attempts }) => attempts.at(-1)?.state === "running");
  };

  test("a commit that comes while the one before is being applied waits for that, and then takes its place", async () => {
    const pull = await open("supersede-apply", { "app.yaml": waiting(image, "1") });
    const first = pull.headSha;
    const { id, namespace } = await untilApplying(pull);
    const second = await pull.push({ "app.yaml": configMap("2") });
    await lab.until(pull, (each) => commitOf(each, first)?.state === "superseded");
    await lab.kubectl.run(["-n", namespace, "create", "configmap", "late", "--from-literal=a=b"]);
    const ended = await lab.until(pull, isPassed(second));
    expect(ended.environments.map(({ environmentId }) => environmentId)).toEqual([id]);
    expect(await valueIn(namespace)).toBe("2");
    // The first apply came to its own end, and an update took it from there.
    const { operations } = await lab.stack.project.getEnvironment(id);
    expect(operations.find(({ kind }) => kind === "up")).toMatchObject({ state: "succeeded" });
    expect(operations.find(({ kind }) => kind === "update")).toMatchObject({ state: "succeeded" });
    expect(commitOf(ended, first)?.reason).toContain(second.slice(0, 12));
    const run = await lab.stack.project.getRun(await runOf(pull, first));
    expect(run).toMatchObject({ state: "cancelled" });
    await untilCheck(second, "success");
    await untilCheck(first, "cancelled");
  });

  test("a commit that comes while the one before is tested ends those tests and is tested itself", async () => {
    const pull = await open("supersede-tests", { "app.yaml": configMap("1"), "check.sh": "sleep 500\n" });
    const first = pull.headSha;
    const runId = await runOf(pull, first);
    expect(await waitUntil(() => isRunning(runId), 240, 250)).toBe(true);
    const { id, namespace } = await environmentOf(pull);
    expect(await valueIn(namespace)).toBe("1");
    const second = await pull.push({ "app.yaml": configMap("2"), "check.sh": "true\n" });
    const ended = await lab.until(pull, isPassed(second));
    expect(await valueIn(namespace)).toBe("2");
    expect(ended.environments.map(({ environmentId }) => environmentId)).toEqual([id]);
    const run = await lab.stack.project.getRun(runId);
    expect(run.state).toBe("cancelled");
    expect(run.reason).toContain(second.slice(0, 12));
    await untilCheck(second, "success");
    await untilCheck(first, "cancelled");
  });

  test("one that is closed while it is being applied is taken down at once", async () => {
    const pull = await open("close-apply", { "app.yaml": waiting(image, "1") });
    const { id } = await untilApplying(pull);
    await pull.close();
    await lab.until(pull, (each) => preview(each)?.state === "deleted");
    const gone = await lab.stack.project.getEnvironment(id);
    expect(gone).toMatchObject({ state: "deleted", proofComplete: true });
    expect(gone.operations.find(({ kind }) => kind === "up")).toMatchObject({
      ...{ state: "failed", failure: { code: "cancelled" } },
    });
    await untilCheck(pull.headSha, "cancelled");
  });

  test("webhooks that come twice, late or in another order change nothing: the newest commit is tested, once", async () => {
    const { github } = lab;
    github.hold();
    const pull = await open("order", { "app.yaml": configMap("1") });
    const middle = await pull.push({ "app.yaml": configMap("2") });
    const last = await pull.push({ "app.yaml": configMap("3") });
    const mine = github.deliveries.slice(-3);
    await github.release((held) => held.toReversed());
    await lab.until(pull, isPassed(last));
    for (const delivery of mine) await github.redeliver(delivery);
    for (const { answers } of mine) {
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(JSON.parse(answers[1]?.body ?? "")).toMatchObject({ duplicate: true });
    }
    github.hold();
    await pull.push({ "app.yaml": configMap("4") });
    await pull.close();
    await github.release((held) => held.toReversed());
    const ended = await lab.until(pull, (each) => preview(each)?.state === "deleted");
    expect(ended.state).toBe("closed");
    expect(commitOf(ended, middle)?.runs ?? []).toEqual([]);
    const runs = ended.commits.flatMap((commit) => commit.runs.flatMap(({ runId }) => runId ?? []));
    expect(runs).toEqual([await runOf(pull, last)]);
    await untilCheck(last, "success");
  });

  test("nothing of a fork's commit is fetched before it is approved, and then the base says what is done with it", async () => {
    const { github } = lab;
    const foreign = configuration(image).replaceAll("smoke", "foreign");
    const files = { "seatrial.yaml": foreign, "app.yaml": configMap("fork") };
    const pull = await open("from-a-fork", files, { fork: "stranger" });
    const sha = pull.headSha;
    const held = await lab.until(pull, (each) => newest(each)?.state === "approval_needed");
    expect(held).toMatchObject({ fork: true, environments: [] });
    await untilCheck(sha, "action_required");
    const early = await pull.comment(`/seatrial approve ${sha}`, "stranger");
    await lab.until(pull, ({ commands }) => commands.some(({ state }) => state === "refused"));
    const asked = github.journal.filter(({ path }) => /tarball|contents/.test(path) && path.includes(sha));
    expect(asked).toEqual([]);
    expect(await lab.pullRequest(pull.number)).toMatchObject({ environments: [] });

    await pull.comment(`/seatrial approve ${sha.slice(0, 12)}`, "maintainer");
    const ended = await lab.until(pull, isPassed(sha));
    expect(newest(ended)?.approvedBy).toMatchObject({ name: expect.stringContaining("maintainer") });
    const run = await lab.stack.project.getRun(await runOf(pull, sha));
    expect(run.suites.map(({ name }) => name)).toEqual(["smoke"]);
    expect(await valueIn((await environmentOf(pull)).namespace)).toBe("fork");
    await untilCheck(sha, "success");
    expect(pull.comments.find(({ id }) => id === early)?.reactions).toMatchObject([{ content: "-1" }]);
    await pull.push({ "app.yaml": configMap("again") });
    await lab.until(pull, (each) => newest(each)?.state === "approval_needed");
    expect(await valueIn((await environmentOf(pull)).namespace)).toBe("fork");
  });

  test("what a stranger comments is refused, what a maintainer comments is done", async () => {
    const pull = await open("comments", { "app.yaml": configMap("1") });
    await lab.until(pull, isPassed(pull.headSha));
    const ofStranger = await pull.comment("/seatrial down", "stranger");
    const refused = await lab.until(pull, ({ commands }) =>
      commands.some(({ state }) => state === "refused"),
    );
    expect(refused.commands[0]).toMatchObject({ by: expect.stringContaining("stranger"), kind: "down" });
    expect(preview(refused)?.state).toBe("ready");
    const ofMaintainer = await pull.comment("please\n/seatrial down", "maintainer");
    const down = await lab.until(pull, (each) => preview(each)?.state === "deleted");
    expect(down.state).toBe("open");
    const reactionsTo = (comment: number) => pull.comments.find(({ id }) => id === comment)?.reactions;
    const isAnswered = async () =>
      reactionsTo(ofMaintainer)?.length === 1 && reactionsTo(ofStranger)?.length === 1;
    expect(await waitUntil(isAnswered, 180, 250)).toBe(true);
    expect(reactionsTo(ofStranger)).toMatchObject([{ content: "-1" }]);
    expect(reactionsTo(ofMaintainer)).toMatchObject([{ content: "+1" }]);
  });

  test("a run goes on to its verdict while GitHub is away, and GitHub hears of it when it is back", async () => {
    const { github } = lab;
    const isFetching =
      /\/(?:tarball|contents|files|installation|access_tokens|codeload)\b|^\/repos\/[^/]+\/[^/]+$/;
    github.fail({ kind: "unreachable", only: ({ path }) => !isFetching.test(path) });
    const pull = await open("github-away", { "app.yaml": configMap("1") });
    const sha = pull.headSha;
    const ended = await lab.until(pull, isPassed(sha));
    expect(preview(ended)?.state).toBe("ready");
    expect(lab.shop.checks(sha)).toEqual([]);
    github.fail({ kind: "status", status: 503, times: 2 });
    await untilCheck(sha, "success");
    github.heal();
    expect(await waitUntil(async () => pull.comments.length === 1, 180, 250)).toBe(true);
  });

  test("limits of GitHub are waited for as GitHub asks, and change no verdict", async () => {
    const { github } = lab;
    let sha = "";
    const isTarball = ({ path }: { path: string }) => sha !== "" && path.includes(`/tarball/${sha}`);
    github.fail({ kind: "secondary", retryAfterSeconds: 2, times: 2, only: isTarball });
    github.hold();
    const pull = await open("limits", { "app.yaml": configMap("1") });
    sha = pull.headSha;
    await github.release();
    await runOf(pull, sha);
    const asked = github.journal.filter(isTarball);
    expect(asked.map(({ status }) => status)).toEqual([403, 403, 302]);
    const [first, second, third] = asked.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_990);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(1_990);
    const isReport = ({ path }: { path: string }) => path.includes("check-runs");
    github.fail({ kind: "primary", resetAfterSeconds: 2, times: 3, only: isReport });
    await lab.until(pull, isPassed(sha));
    await untilCheck(sha, "success");
    github.heal();
  });

  test("an image that its build pushes late is waited for, and what runs is that image by its digest", async () => {
    const pull = await open("late-image", withImage());
    const sha = pull.headSha;
    const waits = await lab.until(pull, (each) => newest(each)?.state === "images");
    expect(newest(waits)?.reason).toContain(`${taggable}:${sha}`);
    expect(waits.environments).toEqual([]);
    await tagImage(image, sha);
    const ended = await lab.until(pull, isPassed(sha));
    expect(newest(ended)?.images).toEqual({ [`${taggable}:${sha}`]: image.replace(/^.*@/, "") });
    const { namespace } = await environmentOf(pull);
    const path = "jsonpath={.items[*].spec.containers[*].image}";
    expect(await lab.kubectl.run(["-n", namespace, "get", "pods", "-o", path])).toBe(image);
    await untilCheck(sha, "success");
  });

  test("an image that never arrives ends the wait with its name, and nothing was made for it", async () => {
    const sha = never.headSha;
    const ended = await lab.until(never, (each) => newest(each)?.state === "errored");
    expect(newest(ended)?.reason).toContain(`${taggable}:${sha}`);
    expect(ended.environments).toEqual([]);
    await untilCheck(sha, "failure");
    expect(checkOf(sha)?.output.title).toContain("image");
  });
});
