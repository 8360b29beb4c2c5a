import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { OutboxEntry } from "@seatrial/contracts/worker-protocol/outbox.ts";

export type TestingHub = Awaited<ReturnType<typeof startTestingHub>>;
type Call = { path: string; body: Record<string, unknown>; authorization: string };
type Answer = { status: number; body: unknown };

/**
 * A little hub for the worker's tests: a real HTTP server with an outbox whose entries stay until acknowledged and
 * are offered again on every claim. `onCall` may answer in its place, or hold a call.
 */
export async function startTestingHub(entries: OutboxEntry[]) {
  const calls: Call[] = [];
  const state = { outbox: [...entries], nextDueInSeconds: null as number | null };
  let onCall: (call: Call) => Promise<Answer | null> = async () => null;
  let watchers: { test: () => boolean; resolve: () => void }[] = [];

  function usual(call: Call): Answer {
    if (call.path.endsWith("/outbox/claim"))
      return { status: 200, body: { entries: state.outbox.slice(0, Number(call.body.limit)) } };
    if (call.path.endsWith("/outbox/acknowledge")) {
      const ids = call.body.ids as string[];
      state.outbox = state.outbox.filter((entry) => !ids.includes(entry.id));
      return { status: 200, body: {} };
    }
    if (call.path.endsWith("/tick")) {
      const { nextDueInSeconds } = state;
      return { status: 200, body: { handedBack: 0, lost: 0, compacted: 0, nextDueInSeconds } };
    }
    return { status: 200, body: { changed: true, runState: "running" } };
  }

  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const call = {
      path: String(request.url),
      body: JSON.parse(text),
      authorization: String(request.headers.authorization),
    };
    calls.push(call);
    const answer = (await onCall(call)) ?? usual(call);
    response
      .writeHead(answer.status, { "content-type": "application/json" })
      .end(JSON.stringify(answer.body));
    watchers = watchers.filter((watcher) => {
      if (watcher.test()) watcher.resolve();
      return !watcher.test();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    state,
    /** Paths of activities in the order they were called. */
    activities: () => calls.map((call) => call.path).filter((path) => path.includes("/runs/")),
    answerWith(handler: (call: Call) => Promise<Answer | null>) {
      onCall = handler;
    },
    /** Resolves after an answer that makes the test true. */
    until: (test: () => boolean) =>
      new Promise<void>((resolve) => (test() ? resolve() : watchers.push({ test, resolve }))),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function entry(
  id: number,
  kind: OutboxEntry["kind"],
  runId: string,
  suite: string | null = null,
): OutboxEntry {
  return { id: String(id), kind, runId, environmentId: null, suite, createdAt: "2026-01-01T00:00:00.000Z" };
}

export function problem(status: number, code: string): Answer {
  const type = `https://seatrial.dev/problems/${code}`;
  return {
    status,
    body: { type, title: code, status, code, detail: `the hub says ${code}`, requestId: "q" },
  };
}
