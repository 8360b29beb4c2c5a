import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import type { HubApp } from "@seatrial/hub/app/hub-deps.ts";

const main = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
const node = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));

export type CliAnswer = { code: number | null; out: string; err: string };
export type RunningCli = {
  /** Resolves when what was printed so far matches. */
  until: (pattern: RegExp) => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
  done: Promise<CliAnswer>;
};

export type CliPlace = {
  folder: string;
  /** Starts the command line as a person would, in this place's folder, without any other login. */
  start: (words: readonly string[], environment?: Record<string, string>) => RunningCli;
  run: (words: readonly string[], environment?: Record<string, string>) => Promise<CliAnswer>;
  close: () => Promise<void>;
};

/** A folder and a home of its own for the real command line. */
export async function createCliPlace(environment: Record<string, string> = {}): Promise<CliPlace> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-cli-"));
  const base = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
  };

  function start(words: readonly string[], more: Record<string, string> = {}): RunningCli {
    const child = spawn(node, [main, ...words], {
      cwd: folder,
      env: { ...base, ...environment, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { out: "", err: "" };
    let watchers: (() => void)[] = [];
    for (const [stream, name] of [
      [child.stdout, "out"],
      [child.stderr, "err"],
    ] as const)
      stream.setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
        for (const watcher of watchers) watcher();
      });
    const done = new Promise<CliAnswer>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...said }));
    });
    return {
      done,
      kill: (signal) => void child.kill(signal),
      until: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (!pattern.test(said.out + said.err)) return;
            watchers = watchers.filter((watcher) => watcher !== look);
            resolve();
          };
          watchers.push(look);
          look();
          void done.then(() => reject(new Error(`it ended without ${pattern}: ${said.out}${said.err}`)));
        }),
    };
  }

  return {
    folder,
    start,
    run: (words, more) => start(words, more).done,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Serves a hub's app on a free port of this machine; at paths that are away there is only a gateway. */
export async function listenOn(
  app: HubApp,
  isAway: (path: string) => boolean = () => false,
): Promise<{ url: string; close: () => Promise<void> }> {
  const answer: typeof app.fetch = (request, ...rest) =>
    isAway(new URL(request.url).pathname)
      ? new Response("no hub behind it", { status: 502 })
      : app.fetch(request, ...rest);
  const server = createServer(getRequestListener(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
