import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../base/lab-error.ts";
import type { Report } from "../base/report.ts";

const longestWaitSeconds = 600;

export type LabLock = { readonly release: () => Promise<void> };

/**
 * Lets one process at a time change the lab. The lock is a socket in Linux' abstract name space: the kernel drops
 * it with its process, so a killed `up` leaves no stale lock to judge. Waiting costs nothing: the waiter is
 * connected to the holder and wakes when that ends. Throws `lock_timeout` after `waitSeconds`.
 */
export async function takeLabLock(
  name: string,
  waitSeconds: number,
  onWait: () => void = () => undefined,
): Promise<LabLock> {
  let hasTold = false;
  const deadline = performance.now() + waitSeconds * 1000;
  for (;;) {
    const server = await tryListen(`\0${name}`);
    if (server) return { release: () => close(server) };
    const leftMilliseconds = deadline - performance.now();
    if (leftMilliseconds <= 0) {
      throw new LabError(
        "lock_timeout",
        `Another process has been changing the lab for ${waitSeconds} s. Wait for it or end it, then repeat.`,
      );
    }
    if (!hasTold) onWait();
    hasTold = true;
    await waitForHolder(`\0${name}`, leftMilliseconds);
  }
}

/** Runs `work` while no other process changes the lab. */
export async function withLabLock<T>(work: () => Promise<T>, report: Report = () => undefined): Promise<T> {
  if (process.platform !== "linux") return work();
  const onWait = (): void => report("Waiting for another process that changes the lab …");
  const lock = await takeLabLock("seatrial-lab", longestWaitSeconds, onWait);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

const waiters = new WeakMap<Server, Set<{ destroy: () => unknown }>>();

async function tryListen(path: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const sockets = new Set<{ destroy: () => unknown }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  waiters.set(server, sockets);
  server.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") resolve(undefined);
    else reject(error);
  });
  server.listen(path, () => resolve(server));
  return promise;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of waiters.get(server) ?? []) socket.destroy();
  await promise;
}

async function waitForHolder(path: string, timeoutMilliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(path);
  const timer = setTimeout(() => socket.destroy(), timeoutMilliseconds);
  socket.on("error", () => undefined);
  socket.once("close", () => resolve());
  socket.resume();
  await promise;
  clearTimeout(timer);
  await sleep(20);
}
