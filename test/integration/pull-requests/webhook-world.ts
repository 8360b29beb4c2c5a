import { createHmac, randomUUID } from "node:crypto";
import type { PullRequest } from "@seatrial/contracts/pull-requests/pull-request.ts";
import type { Repository } from "@seatrial/contracts/repositories/repository.ts";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";
import { createProject } from "../../support/hub-fixtures.ts";
import { type TestHub, webhookSecret, workerToken } from "../../support/test-hub.ts";

/** A commit's name made from a letter. */
export const shaOf = (letter: string): string => letter.repeat(40);

export type Telling = {
  number?: number;
  state?: "open" | "closed";
  merged?: boolean;
  draft?: boolean;
  title?: string;
  author?: string;
  labels?: readonly string[];
  base?: string;
  baseSha?: string;
  head?: string;
  sha?: string;
  /** Null: it is gone. */
  headRepository?: string | null;
  /** The forge's time in seconds, counted from an hour that is the same for all. */
  second?: number;
};

const repositoryName = "acme/shop";
const user = (login: string, type = "User") => ({ login, id: 1, node_id: "x", type, site_admin: false });
/** Of each name its own, whatever its case. */
export const repositoryId = (name: string): number =>
  [...name.toLowerCase()].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007, 1);
const repositoryPart = (name: string) => ({
  id: repositoryId(name),
  full_name: name,
  name: name.split("/")[1],
  private: true,
});

const timeOf = (second: number): string =>
  new Date(Date.UTC(2030, 0, 1) + second * 1_000).toISOString().replace(".000", "");

/** A pull request as GitHub writes it, with fields that nobody asked for. */
export function pullRequestPart(telling: Telling, repository = repositoryName) {
  const { number = 12, state = "open", merged = false, head = "feature", base = "main" } = telling;
  const headRepository = telling.headRepository === undefined ? repository : telling.headRepository;
  return {
    ...{ id: 1_000 + number, number, state, merged, merged_at: merged ? "2030-01-01T00:00:00Z" : null },
    ...{ draft: telling.draft ?? false, title: telling.title ?? "Add a basket", body: "text", locked: false },
    user: user(telling.author ?? "author"),
    labels: (telling.labels ?? []).map((name, id) => ({ id, name, color: "fff", default: false })),
    updated_at: timeOf(telling.second ?? 0),
    head: {
      ...{ label: "x", ref: head, sha: telling.sha ?? shaOf("a"), user: user("author") },
      repo: headRepository === null ? null : repositoryPart(headRepository),
    },
    base: { label: "x", ref: base, sha: telling.baseSha ?? shaOf("b"), repo: repositoryPart(repository) },
    _links: { self: { href: "https://api.github.com" } },
  };
}

export type SendOptions = {
  secret?: string;
  delivery?: string;
  signature?: string | null;
  headers?: Record<string, string>;
};

/** Sends what GitHub would: these bytes, signed. */
export async function sendRaw(hub: TestHub, event: string, body: string, options: SendOptions = {}) {
  const { secret = webhookSecret, delivery = randomUUID(), signature, headers } = options;
  const made = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return hub.call("POST", "/v1/webhooks/github", {
    token: null,
    body,
    headers: {
      "content-type": "application/json",
      "x-github-delivery": delivery,
      "x-github-event": event,
      ...(signature === null ? {} : { "x-hub-signature-256": signature ?? made }),
      ...headers,
    },
  });
}

export type Answer = { duplicate: boolean; ignored: string | null };

/** A project with a connected repository, and what happens there. */
export async function createWebhookWorld(hub: TestHub, project = "shop", repository = repositoryName) {
  const { path, token, runToken } = await createProject(hub, project);
  const connected = await hub.json<Repository>("POST", `${path}/repositories`, {
    body: { name: repository },
  });
  async function send(event: string, payload: object, options: SendOptions = {}): Promise<Answer> {
    const common = {
      repository: repositoryPart(repository),
      sender: user("author"),
      installation: { id: 77 },
    };
    const answer = await sendRaw(hub, event, JSON.stringify({ ...common, ...payload }), options);
    if (!answer.ok) throw new Error(`${event}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }
  const pulls = () => hub.json<{ items: PullRequest[] }>("GET", `${path}/pull-requests?limit=200`);
  return {
    path,
    token,
    runToken,
    repository: connected,
    send,
    /** An event of a pull request; `synchronize` names the head before. */
    tell: (action: string, telling: Telling = {}, extra: object = {}, options: SendOptions = {}) =>
      send(
        "pull_request",
        {
          action,
          number: telling.number ?? 12,
          pull_request: pullRequestPart(telling, repository),
          ...extra,
        },
        options,
      ),
    /** `second`: the forge's time of it. */
    comment: (
      body: string,
      login: string,
      extra: { id?: number; type?: string; number?: number; second?: number } = {},
    ) =>
      send("issue_comment", {
        action: "created",
        issue: { number: extra.number ?? 12, pull_request: { url: "x" } },
        comment: {
          id: extra.id ?? Math.floor(Math.random() * 1e9) + 1,
          ...{ body, user: user(login, extra.type) },
          ...(extra.second === undefined ? {} : { created_at: timeOf(extra.second) }),
        },
        sender: user(login, extra.type),
      }),
    label: (name: string, login: string, telling: Telling) =>
      send("pull_request", {
        action: "labeled",
        label: { id: 1, name },
        pull_request: pullRequestPart(telling, repository),
        sender: user(login),
      }),
    async pull(number = 12): Promise<PullRequest> {
      const found = (await pulls()).items.find((item) => item.number === number);
      if (found === undefined) throw new Error(`the hub knows no pull request ${number}`);
      return found;
    },
    pulls,
    /** Answers the worker's question about each pending command. */
    async judge(permission: string, number = 12): Promise<string[]> {
      const { id } = await this.pull(number);
      const work = `/worker/v1/pull-requests/${id}`;
      const states: string[] = [];
      for (;;) {
        const facts = await hub.json<{ commands: string[] }>("GET", work, { token: workerToken });
        const [command] = facts.commands;
        if (command === undefined) return states;
        const options = { token: workerToken, body: { permission } };
        const { state } = await hub.json<{ state: string }>(
          "POST",
          `${work}/commands/${command}/judge`,
          options,
        );
        states.push(state);
      }
    },
    /** What the worker is to look at, taken off the outbox. */
    async takeOutbox(): Promise<OutboxEntry[]> {
      const claim = { body: { waitSeconds: 0, limit: 500 }, token: workerToken };
      const taken: OutboxEntry[] = [];
      for (;;) {
        const { entries } = await hub.json<{ entries: OutboxEntry[] }>(
          "POST",
          "/worker/v1/outbox/claim",
          claim,
        );
        if (entries.length === 0) return taken;
        taken.push(...entries);
        const ids = entries.map(({ id }) => id);
        await hub.json("POST", "/worker/v1/outbox/acknowledge", { body: { ids }, token: workerToken });
      }
    },
  };
}
