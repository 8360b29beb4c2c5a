import { fork } from "node:child_process";
import { join } from "node:path";
import type { FromRunner, RunnerStart, StopReason, ToRunner } from "./runner-messages.ts";

export type RunnerEnd = {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it printed before it was given anything: no secret can be in that. */
  said: string;
};
export type RunnerEvents = {
  [Type in FromRunner["type"]]?: (message: Extract<FromRunner, { type: Type }>) => void;
};

/** A child process that does one operation. It and all that it starts die together, and with this process. */
export type Runner = {
  start: (message: RunnerStart, events: RunnerEvents) => void;
  /** Asks for an orderly end. */
  stop: (reason: StopReason) => void;
  /** Kills it and every process group that it told of; resolves when it is gone. */
  kill: () => Promise<RunnerEnd>;
  /** Resolves when it has ended, whatever the reason. */
  ended: Promise<RunnerEnd>;
};

export type RunnerOptions = {
  /** Its working folder, home and place for temporary files. */
  folder: string;
  /** `PATH`, the only variable that it takes over. */
  searchPath: string;
  /** Load the engine's library before there is an operation. */
  loadsEngine?: boolean;
  /** Where compiled programs are kept between runners, which halves what their start costs. */
  compiledFolder?: string;
  program?: string;
};

const ownProgram = join(import.meta.dirname, "../runner/main.ts");
const saidCharacters = 2_000;

/**
 * Starts a runner in a process group of its own, with none of this process's environment. The channel to it is the
 * leash: when this process dies, the channel closes and the runner kills its group.
 */
export function startRunner(options: RunnerOptions): Runner {
  const { folder, searchPath, compiledFolder } = options;
  const child = fork(options.program ?? ownProgram, options.loadsEngine ? ["--load-engine"] : [], {
    cwd: folder,
    env: {
      ...{ PATH: searchPath, HOME: folder, TMPDIR: folder, LANG: "C.UTF-8" },
      ...(compiledFolder ? { NODE_COMPILE_CACHE: compiledFolder } : {}),
    },
    execArgv: [],
    detached: true,
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const groups = new Set<number>(child.pid === undefined ? [] : [child.pid]);
  let events: RunnerEvents = {};
  let said = "";
  let isReady = false;
  let isStarted = false;
  let giveWhenReady: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      if (!isStarted) said = (said + text).slice(-saidCharacters);
    });
  child.on("message", (message: FromRunner) => {
    if (message.type === "spawned") groups.add(message.pid);
    if (message.type === "ready") {
      isReady = true;
      giveWhenReady();
    }
    const listener = events[message.type] as ((message: FromRunner) => void) | undefined;
    listener?.(message);
  });
  const ended = new Promise<RunnerEnd>((resolve) => {
    child.on("error", (error) => resolve({ code: null, signal: null, said: String(error) }));
    child.on("close", (code, signal) => resolve({ code, signal, said }));
  });
  // Whatever ended it: nothing that it started outlives it.
  const gone = ended.then((end) => {
    killGroups(groups);
    return end;
  });
  const tell = (message: ToRunner) => {
    if (child.connected) child.send(message, () => undefined);
  };

  return {
    start(message, listeners) {
      events = listeners;
      // It may have died already, or may be about to: what it printed till it was ready still counts.
      const give = () => {
        isStarted = true;
        tell(message);
      };
      if (isReady) give();
      else giveWhenReady = give;
    },
    stop: (reason) => tell({ type: "stop", reason }),
    kill() {
      killGroups(groups);
      return gone;
    },
    ended: gone,
  };
}

function killGroups(groups: ReadonlySet<number>): void {
  for (const group of groups)
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // Nothing of this group is left.
    }
}
