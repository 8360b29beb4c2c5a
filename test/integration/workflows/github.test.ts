import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { systemClock } from "@seatrial/contracts/time/clock.ts";
import type { CheckReport } from "@seatrial/contracts/worker-protocol/pull-requests.ts";
import {
  createGitHub,
  type GitHub as GitHubClient,
  type RepositoryForge,
} from "@seatrial/workflows/github/create-github.ts";
import { fetchArchive } from "@seatrial/workflows/github/fetch-archive.ts";
import { listChangedFiles } from "@seatrial/workflows/github/list-changed-files.ts";
import { listComments } from "@seatrial/workflows/github/list-comments.ts";
import { getPullRequest, listOpenPullRequests } from "@seatrial/workflows/github/list-pull-requests.ts";
import { permissionOf } from "@seatrial/workflows/github/permission-of.ts";
import { react } from "@seatrial/workflows/github/react.ts";
import { readConfiguration } from "@seatrial/workflows/github/read-configuration.ts";
import { sendCheck } from "@seatrial/workflows/github/send-check.ts";
import { sendComment } from "@seatrial/workflows/github/send-comment.ts";
import { sendDeployment } from "@seatrial/workflows/github/send-deployment.ts";
import { extract } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RepositoryHandle } from "../../support/github/repository-handle.ts";
import { type GitHub, startGitHub } from "../../support/github/start-github.ts";

let github: GitHub;
let client: GitHubClient;
let shop: RepositoryHandle;
const { signal } = new AbortController();

beforeEach(async () => {
  github = await startGitHub();
  shop = github.repository("acme/shop", { files: { "seatrial.yaml": "version: 1\n", "a.txt": "one\n" } });
  client = createGitHub(
    { apiUrl: github.url, appId: github.app.id, privateKey: github.app.privateKeyPem },
    { clock: systemClock },
  );
});
afterEach(async () => {
  expect(github.violations).toEqual([]);
  await client.close();
  await github.close();
});

const place = { repositoryId: "rp-1", name: "acme/shop", installationId: null };
const ask = <Answer>(work: (forge: RepositoryForge) => Promise<Answer>, where = place) =>
  client.withRepository(where, signal, work);
const open = (files: Record<string, string> = { "a.txt": "two\n" }) =>
  shop.open({ by: "author", branch: "feature", files });

test("a repository without the App is named; an installation that is gone is looked up again", async () => {
  github.repository("acme/bare", { isInstalled: false });
  const bare = ask(async ({ installationId }) => installationId, { ...place, name: "acme/bare" });
  await expect(bare).rejects.toMatchObject({ kind: "denied", message: expect.stringContaining("acme/bare") });
  const stale = { ...place, installationId: 999 } as unknown as typeof place;
  expect(await ask((forge) => readConfiguration(forge, shop.head()), stale)).toEqual({
    configuration: "version: 1\n",
    problem: null,
  });
});

test("one token serves many requests, and an expired one is got anew", async () => {
  const tokens = () => github.journal.filter(({ path }) => path.endsWith("/access_tokens")).length;
  for (let time = 0; time < 3; time += 1) await ask((forge) => readConfiguration(forge, shop.head()));
  expect(tokens()).toBe(1);
  github.expireTokens();
  expect((await ask((forge) => readConfiguration(forge, shop.head()))).problem).toBeNull();
  expect(tokens()).toBe(2);
});

test("permissions: an owner, a maintainer by role, a stranger, nobody", async () => {
  shop.permit("keeper", "maintain");
  github.state.person("stranger");
  const all = await ask((forge) =>
    Promise.all(["acme", "keeper", "stranger", "nobody-at-all"].map((login) => permissionOf(forge, login))),
  );
  expect(all).toEqual(["admin", "maintain", "read", "none"]);
});

test("a commit's configuration: its text, or null where there is none", async () => {
  const pull = await open({ "seatrial.yaml": "version: 2\n" });
  const read = (sha: string) => ask((forge) => readConfiguration(forge, sha));
  expect(await read(pull.headSha)).toEqual({ configuration: "version: 2\n", problem: null });
  const sha = shop.push({ "seatrial.yaml": null });
  expect(await read(sha)).toEqual({ configuration: null, problem: null });
  const large = shop.push({ "seatrial.yaml": "#".repeat(300_000) });
  expect(await read(large)).toEqual({
    configuration: null,
    problem: expect.stringContaining("more than 262144 bytes"),
  });
});

test("changed files come with the first line that they add", async () => {
  shop.push({ "long.txt": Array.from({ length: 30 }, (_, line) => `line ${line + 1}\n`).join("") });
  const changed = Array.from({ length: 30 }, (_, line) => `line ${line === 19 ? "twenty" : line + 1}\n`);
  const pull = await open({ "long.txt": changed.join(""), "new.txt": "x\n" });
  const files = await ask((forge) => listChangedFiles(forge, pull.number));
  expect(Object.fromEntries(files.map(({ path, line }) => [path, line]))).toEqual({
    "long.txt": 20,
    "new.txt": 1,
  });
});

test("a file that was moved counts where it was and where it is, a path that is too long by its folders", async () => {
  shop.push({ "deploy/x.yaml": "kind: ConfigMap\n", "deploy/y.yaml": "kind: Secret\n" });
  const long = `deploy/${"deep/".repeat(300)}file.txt`;
  const pull = await open({
    ...{ "deploy/x.yaml": null, "old/x.yaml": "kind: ConfigMap\n", [long]: "x\n" },
  } as unknown as Record<string, string>);
  const paths = (await ask((forge) => listChangedFiles(forge, pull.number))).map(({ path }) => path);
  expect(paths).toHaveLength(3);
  expect(paths).toEqual(expect.arrayContaining(["deploy/x.yaml", "old/x.yaml"]));
  const cut = paths.find((path) => path.endsWith("/…")) ?? "";
  expect(cut.startsWith("deploy/deep/deep/")).toBe(true);
  expect(Buffer.byteLength(cut)).toBeLessThan(1_000);
});

test("a pull request of more files than the forge tells counts as many, also with a path that is too long", async () => {
  const many = Array.from({ length: 3_000 }, (_, file) => [`a/${file}.txt`, "x\n"]);
  const pull = await open({ ...Object.fromEntries(many), [`a/${"0".repeat(2_000)}`]: "x\n" });
  const files = await ask((forge) => listChangedFiles(forge, pull.number));
  expect(files).toHaveLength(3_000);
});

test("a commit that the forge does not show yet is not one without a configuration", async () => {
  const read = (sha: string) => ask((forge) => readConfiguration(forge, sha));
  await expect(read("f".repeat(40))).rejects.toMatchObject({ kind: "missing" });
  // The App's token does not reach the repository for the moment.
  const { installationId } = shop.state;
  const sha = shop.push({ "seatrial.yaml": null });
  expect(await read(sha)).toEqual({ configuration: null, problem: null });
  const known = { ...place, installationId } as unknown as typeof place;
  shop.state.installationId = 99;
  await expect(ask((forge) => readConfiguration(forge, sha), known)).rejects.toMatchObject({
    kind: "missing",
  });
});

test("a commit's archive becomes a content: no top folder, nothing that leads out, the same bytes again", async () => {
  const sha = shop.push({
    "bin/run.sh": { text: "#!/bin/sh\n", executable: true },
    "data/link": { link: "../a.txt" },
    "data/out": { link: "../../etc/passwd" },
    ".seatrial/dev/token": "secret",
    empty: "",
  });
  const folder = await mkdtemp(join(tmpdir(), "seatrial-test-"));
  try {
    const fetchTo = (name: string) => ask((forge) => fetchArchive(forge, sha, join(folder, name), signal));
    const [first, second] = [await fetchTo("first"), await fetchTo("second")];
    expect(second).toEqual(first);
    const entries: Record<string, string> = {};
    for await (const entry of createReadStream(join(folder, "first")).pipe(createGunzip()).pipe(extract())) {
      const { name, mode, linkname, type } = entry.header;
      entries[name] = type === "symlink" ? `-> ${linkname}` : String(mode?.toString(8));
      entry.resume();
    }
    expect(entries).toEqual({
      "a.txt": "644",
      "bin/run.sh": "755",
      "data/link": "-> ../a.txt",
      empty: "644",
      "seatrial.yaml": "644",
    });
    const gone = ask((forge) => fetchArchive(forge, "f".repeat(40), join(folder, "gone"), signal));
    await expect(gone).rejects.toMatchObject({ kind: "missing" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function check(sha: string, changed: Partial<CheckReport> = {}): CheckReport {
  return {
    sha,
    ...{ checkRunId: null, externalId: `pr-1/${sha}`, name: "seatrial", status: "completed" },
    ...{ conclusion: "failure", title: "1 failed", summary: "one", text: null, annotations: [] },
    ...{ startedAt: "2026-03-02T01:00:00.000Z", completedAt: "2026-03-02T01:01:00.000Z", digest: "d" },
    ...changed,
  };
}
const annotations = (count: number, from = 0): CheckReport["annotations"] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ path: "a.txt", startLine: index + 1, endLine: index + 1, level: "failure" as const },
    ...{ title: `case ${from + index}`, message: "it failed" },
  }));

test("a check is made once, whoever forgot its id, and its annotations come 50 at a time and once each", async () => {
  const { headSha } = await open();
  const before = { status: "queued" as const, conclusion: null, completedAt: null };
  const id = await ask((forge) => sendCheck(forge, check(headSha, before)));
  const full = check(headSha, { annotations: annotations(120) });
  // The third batch meets an outage: what arrived before is not sent again.
  let patches = 0;
  const isThird = ({ method }: { method: string }) => method === "PATCH" && ++patches === 3;
  github.fail({ kind: "status", status: 502, only: isThird });
  await expect(ask((forge) => sendCheck(forge, full))).rejects.toMatchObject({ kind: "unavailable" });
  github.heal();
  expect(await ask((forge) => sendCheck(forge, full))).toBe(id);
  expect(await ask((forge) => sendCheck(forge, { ...full, checkRunId: id }))).toBe(id);
  const [made, ...others] = shop.checks(headSha);
  expect(others).toEqual([]);
  expect(made).toMatchObject({ status: "completed", conclusion: "failure" });
  const titles = made?.annotations.map(({ title }) => title) ?? [];
  expect(titles.length).toBe(120);
  expect(new Set(titles).size).toBe(120);
});

test("a comment is found by its marker among the App's own, updated in place, and comes again when deleted", async () => {
  const pull = await open();
  const marker = "<!-- seatrial:pr-1 -->";
  await pull.comment(`${marker} mine`, "stranger");
  const send = (body: string, commentId: number | null = null) =>
    ask((forge) => sendComment(forge, pull.number, { commentId, marker, body, digest: body }));
  const id = await send(`${marker}\nfirst`);
  expect(await send(`${marker}\nsecond`)).toBe(id);
  expect(pull.comments.map(({ body }) => body)).toEqual([`${marker} mine`, `${marker}\nsecond`]);
  shop.state.comments.splice(1, 1);
  expect(await send(`${marker}\nthird`, id)).not.toBe(id);
  expect(pull.comments.at(-1)?.body).toBe(`${marker}\nthird`);
});

test("a deployment is made once for a commit, and the one before it becomes inactive", async () => {
  const pull = await open();
  const duty = {
    ...{ environmentId: "e-1", name: "pr-1/preview", deploymentId: null, digest: "d" },
    ...{ description: "ready", state: "success" as const, url: "https://preview.example.com/" },
  };
  const send = (sha: string) => ask((forge) => sendDeployment(forge, { ...duty, sha }));
  const first = await send(pull.headSha);
  expect(await send(pull.headSha)).toBe(first);
  const second = await send(await pull.push({ "a.txt": "three\n" }));
  expect(second).not.toBe(first);
  expect(shop.deployments.map(({ statuses }) => statuses.at(-1)?.state)).toEqual(["inactive", "success"]);
});

test("open pull requests, one by its number, and commands since then", async () => {
  const pull = await open();
  const since = pull.state.createdAt.toISOString();
  const id = await pull.comment("please\n/seatrial rerun\nthanks", "acme");
  await pull.comment("no command", "acme");
  const all = await ask(listOpenPullRequests);
  expect(all).toEqual([
    expect.objectContaining({ number: pull.number, state: "open", headSha: pull.headSha, author: "author" }),
  ]);
  await pull.merge("acme");
  expect(await ask(listOpenPullRequests)).toEqual([]);
  expect(await ask((forge) => getPullRequest(forge, pull.number))).toMatchObject({ state: "merged" });
  expect(await ask((forge) => getPullRequest(forge, 99))).toBeNull();
  const comments = await ask((forge) => listComments(forge, since));
  expect(comments).toEqual([
    expect.objectContaining({ commentId: id, number: pull.number, login: "acme", body: "/seatrial rerun" }),
  ]);
  await ask((forge) => react(forge, id, "+1"));
  await ask((forge) => react(forge, id, "+1"));
  expect(pull.comments[0]?.reactions.length).toBe(1);
});

test("limits say when to come back, outages do not", async () => {
  const read = () => ask((forge) => readConfiguration(forge, shop.head()));
  github.fail({ kind: "secondary", retryAfterSeconds: 90, times: 1 });
  await expect(read()).rejects.toMatchObject({ kind: "limited", retryInSeconds: 90 });
  github.fail({ kind: "primary", resetAfterSeconds: 2_400, times: 1 });
  const limited = await read().catch((error: unknown) => error as { kind: string; retryInSeconds: number });
  expect(limited).toMatchObject({ kind: "limited" });
  expect((limited as { retryInSeconds: number }).retryInSeconds).toBeGreaterThan(2_000);
  for (const fault of [{ kind: "unreachable" }, { kind: "status", status: 503 }] as const) {
    github.fail({ ...fault, times: 1 });
    await expect(read()).rejects.toMatchObject({ kind: "unavailable", retryInSeconds: null });
  }
});
