import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Runner, startRunner } from "./start-runner.ts";

export type RunnerPool = {
  /** A runner for one operation: one that waits where there is one, else a new one. */
  take: () => Runner;
  /** Kills the runners that wait. */
  close: () => Promise<void>;
};

/**
 * Runners do one operation each. `spares` of them are kept started and loaded, which takes the start of a process and
 * of the engine's library off an operation's way; without spares nothing waits and nothing is paid.
 */
export function createRunnerPool(options: {
  workFolder: string;
  searchPath: string;
  spares: number;
}): RunnerPool {
  const waiting: Runner[] = [];

  function start(isSpare: boolean): Runner {
    const folder = join(options.workFolder, `home-${randomBytes(6).toString("hex")}`);
    mkdirSync(folder, { mode: 0o700 });
    const { searchPath, workFolder } = options;
    const compiledFolder = join(workFolder, "compiled");
    const runner = startRunner({ folder, searchPath, loadsEngine: isSpare, compiledFolder });
    void runner.ended.then(async () => {
      const position = waiting.indexOf(runner);
      if (position !== -1) waiting.splice(position, 1);
      await rm(folder, { recursive: true, force: true });
    });
    return runner;
  }
  function fill(): void {
    while (waiting.length < options.spares) waiting.push(start(true));
  }
  fill();

  return {
    take() {
      const runner = waiting.shift() ?? start(false);
      // Not at once: the operation that begins now needs the processor more, and often another one follows it.
      setTimeout(fill, 2_000).unref();
      void runner.ended.then(fill);
      return runner;
    },
    async close() {
      options = { ...options, spares: 0 };
      await Promise.all(waiting.map((runner) => runner.kill()));
    },
  };
}
