import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";

export type PostgresServer = {
  /** Makes an empty database and says where it is. */
  createDatabase(): Promise<string>;
  /** The first of its processes. */
  pid(): number;
  /** Ends it as a crash does: connections break, and what was committed stays. */
  crash(): Promise<void>;
  /** Starts it again on the same data and address, and resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const packagesFolder = "/usr/lib/postgresql";
const accepted = (version: string) => /^\d+$/.test(version) && Number(version) >= 15;

/**
 * Starts a real PostgreSQL server from Debian's packages: its own folder, a Unix socket, no port. Throws, and says
 * what to install, when there is none. As root it runs as `postgres`, because the server refuses root.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = await findPrograms();
  const folder = await mkdtemp(join(tmpdir(), "seatrial-pg-"));
  const root = process.getuid?.() === 0;
  const asPostgres = root ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
  // The kernel ends the server even when this process is killed.
  const prefix = ["setpriv", "--pdeathsig=KILL", ...asPostgres, "--"];
  if (root) runOrThrow(["chown", "postgres:postgres", folder]);
  await chmod(folder, 0o700);
  const data = join(folder, "data");
  runOrThrow([
    ...prefix,
    join(programs, "initdb"),
    "-D",
    data,
    "-U",
    "postgres",
    "--auth=trust",
    "--no-sync",
  ]);
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    fsync: "off",
    max_connections: "200",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command = "", ...rest] = [...prefix, join(programs, "postgres"), "-D", data, ...flags];
  let server = spawnServer(command, rest);
  const connect = () =>
    postgres({ host: folder, user: "postgres", database: "postgres", max: 1, onnotice: () => undefined });
  const stop = async () => {
    await endWith(server, "SIGINT");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(connect, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async createDatabase() {
      const name = `test_${randomUUID().slice(0, 8)}`;
      const admin = connect();
      await admin.unsafe(`create database ${name}`);
      await admin.end();
      return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(folder)}`;
    },
    crash: () => endWith(server, "SIGQUIT"),
    async restart() {
      server = spawnServer(command, rest);
      await untilReady(connect, server);
    },
    pid: () => server.pid ?? 0,
    stop,
  };
}

function spawnServer(command: string, rest: readonly string[]): ChildProcess {
  return spawn(command, rest, { stdio: "ignore" });
}

async function endWith(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill(signal);
  await ended;
}

async function findPrograms(): Promise<string> {
  const versions = existsSync(packagesFolder) ? await readdir(packagesFolder) : [];
  const newest = versions.filter(accepted).sort((left, right) => Number(right) - Number(left))[0];
  if (newest === undefined)
    throw new Error("No PostgreSQL 15 or later is installed: run 'apt-get install postgresql'.");
  return join(packagesFolder, newest, "bin");
}

function runOrThrow(command: string[]): void {
  const [program = "", ...rest] = command;
  const done = spawnSync(program, rest, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command.join(" ")}: ${done.stderr || done.error?.message}`);
}

async function untilReady(connect: () => postgres.Sql, server: { exitCode: number | null }): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = connect();
    try {
      await client`select 1`;
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end({ timeout: 1 });
    }
  }
}
