import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";

export type GuardedCommand = {
  program: string;
  arguments: readonly string[];
  /** Gets what it says on stderr, after what is there. */
  logFile: string;
  /** The child is up when it prints a line that fits. */
  readyLine: RegExp;
};

export type GuardedChild = {
  /** Of the program itself, not of its guard. */
  pid: number;
  /** Resolves when it has ended, for whatever reason. */
  ended: Promise<void>;
  /** Asks it to end, and ends it after 3 s. */
  stop: () => Promise<void>;
};

/**
 * The guard: a shell that holds the other end of a pipe of ours. The pipe closes when we end, also by SIGKILL, and then
 * the guard ends the program. The program's death ends the guard. Only what every POSIX shell has.
 */
const guard = `
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
echo "pid $child"
{ read -r _ <&3; kill -TERM $child; sleep 3; kill -KILL $child; } 2>/dev/null >&2 &
watch=$!
wait $child
code=$?
kill $watch 2>/dev/null
exit $code
`;

/** Starts a program that never outlives this process. Throws, with the end of its log, when it ends before it is ready. */
export async function startGuardedChild(command: GuardedCommand): Promise<GuardedChild> {
  const log = await open(command.logFile, "a", 0o600);
  const shell = spawn("/bin/sh", ["-c", guard, "sh", command.program, ...command.arguments], {
    // Ctrl-C goes to the whole group: the program has to live until its users have stopped.
    detached: true,
    stdio: ["pipe", "pipe", log.fd],
  });
  const ended = once(shell, "exit").then(() => undefined);
  const stop = async () => {
    shell.stdin?.end();
    await ended;
  };
  const pid = await untilReady(shell, command.readyLine);
  await closeQuietly(log);
  if (pid === null) {
    await stop();
    throw new Error(`${command.program} ended before it was ready; its log: ${command.logFile}`);
  }
  return { pid, ended, stop };
}

/** The program's pid; null when it ended first. */
async function untilReady(shell: ChildProcess, readyLine: RegExp): Promise<number | null> {
  if (shell.stdout === null) return null;
  shell.stdin?.on("error", () => undefined);
  let pid: number | null = null;
  for await (const line of createInterface({ input: shell.stdout })) {
    pid ??= Number(/^pid (\d+)$/.exec(line)?.[1] ?? Number.NaN);
    if (!readyLine.test(line)) continue;
    // What it says later is not read, and must not fill the pipe.
    shell.stdout.resume();
    return pid;
  }
  return null;
}

async function closeQuietly(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}
