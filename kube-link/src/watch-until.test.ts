import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createKubeClient, type KubeClient } from "./kube-client.ts";
import { type Watched, watchUntil } from "./watch-until.ts";

type Thing = Watched & { ready?: boolean };
const thing = (resourceVersion: string, ready: boolean): Thing => ({
  metadata: { name: "one", resourceVersion },
  ready,
});

/** An API server whose lists and watches the test answers, one after the other; the last answer stays. */
type Answer = (response: ServerResponse) => void;
const list =
  (...items: Thing[]): Answer =>
  (response) =>
    response.end(JSON.stringify({ metadata: { resourceVersion: "7" }, items }));
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

describe("following a collection until something holds", () => {
  let kube: KubeClient;
  let lists: Answer[];
  let watches: Answer[];
  let asked: string[];
  const server = createServer((request, response) => {
    const isWatch = request.url?.includes("watch=true");
    asked.push(request.url ?? "");
    const answers = isWatch ? watches : lists;
    (answers.length > 1 ? answers.shift() : answers[0])?.(response);
  });

  beforeEach(async () => {
    asked = [];
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    kube = createKubeClient({
      ...{ server: `http://127.0.0.1:${port}`, caPem: null, clientCertificatePem: null, clientKeyPem: null },
      token: async () => null,
    });
  });
  afterEach(async () => {
    await kube.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const untilReady = (changes: { signal?: AbortSignal; idleMilliseconds?: number } = {}) =>
    watchUntil<Thing, string>(kube, {
      ...{ path: "/things", query: { fieldSelector: "metadata.name=one" } },
      ...{ signal: new AbortController().signal, ...changes },
      decide: ([one]) => (one?.ready ? "ready" : undefined),
    });

  test("needs no watch when the list is enough", async () => {
    lists = [list(thing("1", true))];
    watches = [];
    expect(await untilReady()).toBe("ready");
    expect(asked).toHaveLength(1);
  });

  test("goes on from the list's version, with the same selector", async () => {
    lists = [list(thing("1", false))];
    watches = [(response) => response.write(event("MODIFIED", thing("8", true)))];
    expect(await untilReady()).toBe("ready");
    expect(asked[1]).toContain("resourceVersion=7");
    expect(asked[1]).toContain("fieldSelector=metadata.name%3Done");
  });

  test.each<[string, Answer]>([
    ["ends", (response) => response.end()],
    ["breaks", (response) => response.writeHead(200).write("{", () => response.destroy())],
    ["is too old", (response) => response.end(event("ERROR", { code: 410 }))],
    ["is refused for now", (response) => response.writeHead(503).end("{}")],
  ])("lists anew when the watch %s", async (_, answer) => {
    lists = [list(thing("1", false)), list(thing("2", true))];
    watches = [answer];
    expect(await untilReady()).toBe("ready");
  });

  test("lists anew when the watch says nothing for too long", async () => {
    lists = [list(thing("1", false)), list(thing("2", true))];
    watches = [(response) => response.writeHead(200).flushHeaders()];
    expect(await untilReady({ idleMilliseconds: 30 })).toBe("ready");
  });

  test("knows what was deleted", async () => {
    lists = [list(thing("1", false))];
    watches = [(response) => response.write(event("DELETED", thing("8", false)))];
    const options = { path: "/things", signal: new AbortController().signal };
    const gone = watchUntil<Thing, true>(kube, {
      ...options,
      decide: (all) => (all.length === 0 ? true : undefined),
    });
    expect(await gone).toBe(true);
  });

  test("ends with the signal's reason, and with what the caller throws", async () => {
    lists = [list(thing("1", false))];
    const stop = new AbortController();
    watches = [() => stop.abort(new Error("enough"))];
    await expect(untilReady({ signal: stop.signal })).rejects.toThrow("enough");
    const wrong = watchUntil<Thing, true>(kube, {
      ...{ path: "/things", signal: new AbortController().signal },
      decide() {
        throw new Error("it failed");
      },
    });
    await expect(wrong).rejects.toThrow("it failed");
  });

  test("does not wait for what the API server refuses for good", async () => {
    lists = [(response) => response.writeHead(403).end('{"reason":"Forbidden"}')];
    watches = [];
    await expect(untilReady()).rejects.toMatchObject({ status: 403 });
  });
});
