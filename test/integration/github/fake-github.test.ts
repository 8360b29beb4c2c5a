import { createHmac, createSign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GitHub, startGitHub } from "../../support/github/start-github.ts";

let github: GitHub;
beforeEach(async () => {
  github = await startGitHub();
});
afterEach(() => github.close());

const at = { owner: "acme", repo: "shop" };

function appOctokit(fields: { privateKey?: string; appId?: number; installationId?: number } = {}): Octokit {
  const auth = { appId: github.app.id, privateKey: github.app.privateKeyPem, ...fields };
  return new Octokit({ baseUrl: github.url, userAgent: "tests", authStrategy: createAppAuth, auth });
}

function openShop(files: Record<string, string> = { "a.txt": "one\ntwo\n", "docs/b.txt": "b\n" }) {
  const shop = github.repository("acme/shop", { files });
  return { shop, octokit: appOctokit({ installationId: shop.state.installationId ?? 0 }) };
}

const statusOf = (call: Promise<unknown>) =>
  call.then(
    () => "done",
    (error: { status?: number }) => error.status,
  );

/** A token of the App as this claims; what octokit makes has the key and times right. */
function jwt(claims: Record<string, unknown>, key = github.app.privateKeyPem, alg = "RS256"): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg, typ: "JWT" })}.${part({ iat: now - 30, exp: now + 500, iss: github.app.id, ...claims })}`;
  return `${head}.${createSign("RSA-SHA256").update(head).sign(key, "base64url")}`;
}

const askApp = async (token: string) => {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "user-agent": "t",
  };
  return (await fetch(`${github.url}/app`, { headers })).status;
};

describe("who asks", () => {
  test("the App is told what it is, and gets tokens that end", async () => {
    const { shop, octokit } = openShop();
    const { data } = await appOctokit().request("GET /app");
    expect(data).toMatchObject({ id: github.app.id, slug: github.app.slug });
    const installation = await appOctokit().request("GET /repos/{owner}/{repo}/installation", at);
    expect(installation.data.id).toBe(shop.state.installationId);
    expect((await octokit.request("GET /repos/{owner}/{repo}", at)).data.full_name).toBe("acme/shop");
    const wrong = appOctokit({ installationId: 99 }).request("GET /repos/{owner}/{repo}", at);
    expect(await statusOf(wrong)).toBe(404);
    expect(github.violations).toEqual([]);
  });

  test("a token of another key, another App, another algorithm, too long a life or the past is refused", async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect(await askApp(jwt({}))).toBe(200);
    expect(await askApp(jwt({ iss: github.app.clientId }))).toBe(200);
    expect(await askApp(jwt({ iss: 1 }))).toBe(401);
    expect(await askApp(jwt({ exp: now + 3_600 }))).toBe(401);
    expect(await askApp(jwt({ exp: now - 1 }))).toBe(401);
    expect(await askApp(jwt({ iat: now + 300 }))).toBe(401);
    expect(await askApp(jwt({}, github.app.privateKeyPem, "HS256"))).toBe(401);
    const other = await startGitHub();
    expect(await askApp(jwt({}, other.app.privateKeyPem))).toBe(401);
    await other.close();
    expect(github.violations).toEqual([]);
  });

  test("what the App was not allowed is refused", async () => {
    const reader = await startGitHub({ permissions: { metadata: "read", checks: "read" } });
    const shop = reader.repository("acme/shop");
    const octokit = new Octokit({
      ...{ baseUrl: reader.url, authStrategy: createAppAuth },
      auth: {
        ...{ appId: reader.app.id, privateKey: reader.app.privateKeyPem },
        installationId: shop.state.installationId,
      },
    });
    const check = { ...at, name: "seatrial", head_sha: shop.head() };
    expect(await statusOf(octokit.request("POST /repos/{owner}/{repo}/check-runs", check))).toBe(403);
    await reader.close();
  });

  test("a token of before the end of all tokens is refused", async () => {
    const { octokit } = openShop();
    const { token } = (await octokit.auth({ type: "installation" })) as { token: string };
    const ask = () =>
      fetch(`${github.url}/repos/acme/shop`, { headers: { authorization: `token ${token}` } });
    expect((await ask()).status).toBe(200);
    github.expireTokens();
    expect((await ask()).status).toBe(401);
  });
});

describe("what is asked wrongly", () => {
  test("a body with a wrong value, a missing key or a key that GitHub does not know is refused and recorded", async () => {
    const { shop, octokit } = openShop();
    const route = "POST /repos/{owner}/{repo}/check-runs";
    const right = { ...at, name: "seatrial", head_sha: shop.head() };
    await octokit.request(route, right);
    expect(github.violations).toEqual([]);
    const { name: _, ...nameless } = right;
    expect(await statusOf(octokit.request(route, { ...right, status: "done" } as never))).toBe(422);
    expect(await statusOf(octokit.request(route, nameless as never))).toBe(422);
    expect(await statusOf(octokit.request(route, { ...right, externalId: "x" } as never))).toBe(422);
    expect(github.violations).toHaveLength(3);
    expect(github.violations[2]).toContain("/externalId is not in the description");
  });

  test("an operation that nobody has asked for before is answered 501 and recorded", async () => {
    const { octokit } = openShop();
    expect(await statusOf(octokit.request("GET /repos/{owner}/{repo}/branches", at))).toBe(501);
    expect(github.violations).toEqual([expect.stringContaining("/repos/acme/shop/branches")]);
  });

  test("a query, an accept header and a path that are not GitHub's are recorded", async () => {
    const { octokit } = openShop();
    await statusOf(octokit.request("GET /repos/{owner}/{repo}/pulls", { ...at, perPage: 5 } as never));
    const headers = { accept: "text/html" };
    await statusOf(octokit.request("GET /repos/{owner}/{repo}/pulls", { ...at, headers }));
    await statusOf(
      octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...at, pull_number: "x" as never }),
    );
    expect(github.violations).toHaveLength(3);
  });
});

describe("checks", () => {
  const annotation = (line: number) => ({
    ...{
      path: "a.txt",
      start_line: line,
      end_line: line,
      annotation_level: "failure" as const,
      message: "red",
    },
  });
  const some = (count: number) => Array.from({ length: count }, (_, index) => annotation(index + 1));

  test("annotations are added to those that are there, at most 50 at once", async () => {
    const { shop, octokit } = openShop();
    const output = { title: "red", summary: "two" };
    const check = {
      ...at,
      name: "seatrial",
      head_sha: shop.head(),
      output: { ...output, annotations: some(50) },
    };
    const { data } = await octokit.request("POST /repos/{owner}/{repo}/check-runs", check);
    const route = "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}";
    const more = { ...at, check_run_id: data.id, output: { ...output, annotations: some(1) } };
    expect((await octokit.request(route, more)).data.output.annotations_count).toBe(51);
    expect(github.violations).toEqual([]);
    const tooMany = { ...more, output: { ...output, annotations: some(51) } };
    expect(await statusOf(octokit.request(route, tooMany))).toBe(422);
    expect(shop.checks()[0]?.annotations).toHaveLength(51);
    expect(github.violations).toEqual([expect.stringContaining("must NOT have more than 50 items")]);
  });

  test("a completed check has a conclusion, a summary has a limit, and the commit is there", async () => {
    const { shop, octokit } = openShop();
    const route = "POST /repos/{owner}/{repo}/check-runs";
    const check = { ...at, name: "seatrial", head_sha: shop.head() };
    expect(await statusOf(octokit.request(route, { ...check, status: "completed" } as never))).toBe(422);
    expect(await statusOf(octokit.request(route, { ...check, head_sha: "0".repeat(40) }))).toBe(422);
    const output = { title: "long", summary: "x".repeat(65_536) };
    expect(await statusOf(octokit.request(route, { ...check, output }))).toBe(422);
    expect(shop.checks()).toEqual([]);
  });

  test("of checks of one name a list has the newest, or all", async () => {
    const { shop, octokit } = openShop();
    const check = { ...at, name: "seatrial", head_sha: shop.head() };
    for (const external_id of ["one", "two"])
      await octokit.request("POST /repos/{owner}/{repo}/check-runs", { ...check, external_id });
    const list = async (filter: "latest" | "all") => {
      const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
      const { data } = await octokit.request(route, { ...at, ref: shop.head(), filter });
      return data.check_runs.map(({ external_id }) => external_id);
    };
    expect(await list("latest")).toEqual(["two"]);
    expect(await list("all")).toEqual(["two", "one"]);
  });
});

describe("a repository", () => {
  test("lists come in pages that link to each other", async () => {
    const { shop, octokit } = openShop();
    for (let index = 1; index <= 5; index += 1)
      await shop.open({ by: "author", branch: `change-${index}`, files: { "a.txt": String(index) } });
    const route = "GET /repos/{owner}/{repo}/pulls";
    const first = await octokit.request(route, { ...at, per_page: 2 });
    expect(first.data.map(({ number }) => number)).toEqual([5, 4]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.link ?? "")?.[1] ?? "";
    expect(first.headers.link).toContain(`page=3>; rel="last"`);
    const second = await octokit.request(`GET ${next.replace(github.url, "")}`);
    expect((second.data as { number: number }[]).map(({ number }) => number)).toEqual([3, 2]);
    const last = await octokit.request(route, { ...at, per_page: 2, page: 3 });
    expect(last.data.map(({ number }) => number)).toEqual([1]);
    expect(last.headers.link).not.toContain(`rel="next"`);
    expect(github.violations).toEqual([]);
  });

  test("a tarball is elsewhere, below one folder named after the commit", async () => {
    const { shop, octokit } = openShop();
    const sha = shop.push({ "bin/run": { text: "#!/bin/sh\n", executable: true }, "a.txt": null });
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/tarball/{ref}", { ...at, ref: sha });
    const names: string[] = [];
    const reader = extract();
    reader.on("entry", (header, body, next) => {
      names.push(`${header.name} ${(header.mode ?? 0).toString(8)}`);
      body.on("end", next).resume();
    });
    reader.end(gunzipSync(Buffer.from(data as ArrayBuffer)));
    await buffer(reader as unknown as AsyncIterable<Uint8Array>).catch(() => undefined);
    const top = `acme-shop-${sha.slice(0, 7)}`;
    expect(names).toContain(`${top}/bin/run 775`);
    expect(names).toContain(`${top}/docs/b.txt 664`);
    expect(names.every((name) => name.startsWith(`${top}/`))).toBe(true);
    expect(names.some((name) => name.includes("a.txt"))).toBe(false);
    expect(github.violations).toEqual([]);
  });

  test("a pull request's files are told by what changed, with the lines", async () => {
    const { shop, octokit } = openShop({
      ...{ "a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n", "old.txt": "x\n", "deploy/b.txt": "b\n" },
    });
    const files = {
      ...{ "a.txt": "1\n2\n3\n4\n5\nsix\n7\n8\n", "old.txt": null, "new.txt": "new\n" },
      ...{ "deploy/b.txt": null, "moved/b.txt": "b\n" },
    };
    const { number } = await shop.open({ by: "author", branch: "change", files });
    const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";
    const { data } = await octokit.request(route, { ...at, pull_number: number });
    expect(data.map(({ filename, status }) => `${status} ${filename}`)).toEqual([
      ...["modified a.txt", "renamed moved/b.txt", "added new.txt", "removed old.txt"],
    ]);
    expect(data[1]).toMatchObject({ previous_filename: "deploy/b.txt" });
    expect(data[0]?.patch).toBe("@@ -3,6 +3,6 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8");
    expect(data[2]?.patch).toBe("@@ -0,0 +1,1 @@\n+new");
    expect(github.violations).toEqual([]);
  });

  test("contents, permissions, comments, reactions and deployments are as GitHub has them", async () => {
    const { shop, octokit } = openShop();
    const path = "docs/b.txt";
    const headers = { accept: "application/vnd.github.raw+json" };
    const route = "GET /repos/{owner}/{repo}/contents/{path}";
    expect((await octokit.request(route, { ...at, path, headers })).data).toBe("b\n");
    expect((await octokit.request(route, { ...at, path })).data).toMatchObject({ encoding: "base64", path });
    expect(await statusOf(octokit.request(route, { ...at, path: "none" }))).toBe(404);

    shop.permit("maintainer", "maintain");
    const pull = await shop.open({ by: "author", branch: "change", files: { "a.txt": "changed" } });
    const roleOf = async (username: string) => {
      const permission = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
      const { data } = await octokit.request(permission, { ...at, username });
      return [data.permission, data.role_name];
    };
    expect(await roleOf("maintainer")).toEqual(["write", "maintain"]);
    expect(await roleOf("author")).toEqual(["read", "read"]);

    const comment_id = await pull.comment("/seatrial rerun", "maintainer");
    const reactions = "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions";
    await octokit.request(reactions, { ...at, comment_id, content: "+1" });
    const issue = { ...at, issue_number: pull.number };
    const made = await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...{ ...issue, body: "verdict" },
    });
    expect(made.data.performed_via_github_app?.id).toBe(github.app.id);
    const comments = "GET /repos/{owner}/{repo}/issues/comments";
    const since = made.data.updated_at;
    expect((await octokit.request(comments, { ...at, since })).data.map(({ body }) => body)).toEqual([
      "verdict",
    ]);
    expect(pull.comments.map(({ by }) => by)).toEqual(["maintainer", github.botLogin]);

    const deployment = await octokit.request("POST /repos/{owner}/{repo}/deployments", {
      ...{ ...at, ref: pull.headSha, environment: "pr-1/preview", auto_merge: false },
      ...{ required_contexts: [], transient_environment: true },
    });
    const deployment_id = (deployment.data as { id: number }).id;
    const statuses = "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses";
    await octokit.request(statuses, {
      ...at,
      deployment_id,
      state: "success",
      environment_url: "http://a.test/",
    });
    expect(shop.deployments[0]?.statuses).toMatchObject([{ state: "success", url: "http://a.test/" }]);
    expect(github.violations).toEqual([]);
  });
});

describe("webhooks", () => {
  test("what people do arrives signed, in any order, twice or not at all, as the test wants it", async () => {
    const arrived: string[] = [];
    const hub = createServer((request, response) => {
      void buffer(request).then((body) => {
        const mine = createHmac("sha256", "secret").update(body).digest("hex");
        expect(request.headers["x-hub-signature-256"]).toBe(`sha256=${mine}`);
        const { action } = JSON.parse(body.toString()) as { action: string };
        arrived.push(`${request.headers["x-github-event"]} ${action}`);
        response.writeHead(202).end("{}");
      });
    });
    await new Promise<void>((done) => hub.listen(0, "127.0.0.1", done));
    const { port } = hub.address() as AddressInfo;
    const { shop } = openShop();
    github.deliverTo({ url: `http://127.0.0.1:${port}/v1/webhooks/github`, secret: "secret" });
    const pull = await shop.open({
      by: "author",
      branch: "change",
      files: { "a.txt": "1" },
      fork: "stranger",
    });
    expect(arrived.splice(0)).toEqual(["pull_request opened"]);
    github.hold();
    await pull.push({ "a.txt": "2" });
    await pull.comment("hello", "stranger");
    await pull.label("ready");
    await pull.merge();
    expect(arrived).toEqual([]);
    await github.release((held) => held.toReversed());
    expect(arrived.splice(0)).toEqual([
      ...["pull_request closed", "pull_request labeled", "issue_comment created", "pull_request synchronize"],
    ]);
    await github.redeliver(github.deliveries[0]);
    expect(arrived.splice(0)).toEqual(["pull_request opened"]);
    expect(github.deliveries[0]?.answers.map(({ status }) => status)).toEqual([202, 202]);
    await pull.retarget("release");
    expect(arrived.splice(0)).toEqual(["pull_request edited"]);
    github.lose();
    await pull.reopen();
    expect(arrived).toEqual([]);
    const body = JSON.parse(github.deliveries[0]?.body ?? "") as { pull_request: { head: { repo: object } } };
    expect(body.pull_request.head.repo).toMatchObject({ full_name: "stranger/shop", fork: true });
    expect(github.violations).toEqual([]);
    hub.close();
    hub.closeAllConnections();
  });
});

describe("bad days", () => {
  test("it is away, says that it was too much, or takes its time, and is well again", async () => {
    const { octokit } = openShop();
    const ask = () => octokit.request("GET /repos/{owner}/{repo}", at);
    await ask();
    github.fail({ kind: "unreachable" });
    expect(await statusOf(ask())).toBe(500);
    github.fail({ kind: "status", status: 502 });
    expect(await statusOf(ask())).toBe(502);
    github.fail({ kind: "secondary", retryAfterSeconds: 7, times: 1 });
    const limited = await ask().catch(
      (error: { response: { headers: Record<string, string> } }) => error.response,
    );
    expect(limited).toMatchObject({ status: 403, headers: { "retry-after": "7" } });
    expect(await statusOf(ask())).toBe("done");
    github.fail({ kind: "primary", resetAfterSeconds: 60, only: ({ method }) => method === "POST" });
    expect(await statusOf(ask())).toBe("done");
    const { promise, resolve } = Promise.withResolvers<void>();
    github.fail({ kind: "slow", until: promise });
    const slow = ask();
    resolve();
    expect((await slow).status).toBe(200);
    github.heal();
    expect(github.violations).toEqual([]);
  });
});
