import { spawn } from "node:child_process";

export type ProgramRun = {
  readonly exitCode: number | null;
  readonly output: string;
};

export type RunOptions = {
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds?: number;
  readonly onLine?: (line: string) => void;
};

/** Kept of the output: enough for a compiler's complaint, and a runaway program costs no memory. */
const keptCharacters = 64 * 1024;

/**
 * Runs a program to its end without a shell and returns its exit code (null: killed) and the last 64 KiB of what
 * it printed. Throws only when it cannot be started, or when the signal aborts.
 */
export async function runProgram(
  program: string,
  programArguments: readonly string[],
  options: RunOptions = {},
): Promise<ProgramRun> {
  const timeout = AbortSignal.timeout((options.timeoutSeconds ?? 3600) * 1000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const child = spawn(program, programArguments, {
    cwd: options.folder,
    env: options.environment,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let output = "";
  const take = (chunk: string): void => {
    output = (output + chunk).slice(-keptCharacters);
    for (const line of chunk.split("\n")) if (line.trim() !== "") options.onLine?.(line.trim());
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  const exitCode = await promise;
  return { exitCode, output };
}
