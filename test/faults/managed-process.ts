import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";

export type ManagedProcess = {
  readonly name: string;
  /** `more`: variables for this life alone, on top of its own. */
  start: (more?: Record<string, string>) => void;
  /** SIGKILL, and resolves when it is gone. Nothing happens when it does not run. */
  kill: () => Promise<void>;
  /** SIGTERM, and SIGKILL when it takes longer than 15 s. */
  end: () => Promise<void>;
  pid: () => number | null;
};

export type ProcessPlan = {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  logFile: string;
};

/** A process that can be killed and started again with the same arguments; what it says goes to its log file. */
export function manageProcess(plan: ProcessPlan): ManagedProcess {
  let child: ChildProcess | null = null;
  const running = () =>
    child !== null && child.exitCode === null && child.signalCode === null ? child : null;
  return {
    name: plan.name,
    start(more = {}) {
      if (running()) return;
      const log = createWriteStream(plan.logFile, { flags: "a" });
      const env = { ...plan.env, ...more };
      child = spawn(plan.command, plan.args, { env, stdio: ["ignore", "pipe", "pipe"] });
      child.stdout?.pipe(log, { end: false });
      child.stderr?.pipe(log, { end: false });
    },
    async kill() {
      const alive = running();
      if (!alive) return;
      const gone = once(alive, "exit");
      alive.kill("SIGKILL");
      await gone;
    },
    async end() {
      const alive = running();
      if (!alive) return;
      const gone = once(alive, "exit");
      alive.kill("SIGTERM");
      const late = setTimeout(() => alive.kill("SIGKILL"), 15_000);
      await gone;
      clearTimeout(late);
    },
    pid: () => running()?.pid ?? null,
  };
}
