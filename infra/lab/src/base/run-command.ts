import { spawn } from "node:child_process";
import { LabError } from "./lab-error.ts";

export type CommandOptions = {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeoutSeconds?: number;
};
export type CommandResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs a program to its end, without a shell, whatever its exit code (127: no such program). */
export async function tryCommand(
  program: string,
  programArguments: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, programArguments, {
    env: options.environment ?? undefined,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: (options.timeoutSeconds ?? 120) * 1000,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // A program that ends without reading its input is no error of ours.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once("error", (error) => {
    stderr += error.message;
    resolve(127);
  });
  child.once("close", (exitCode) => resolve(exitCode ?? 137));
  const exitCode = await promise;
  return { exitCode, stdout, stderr };
}

/** Runs a program and returns what it printed. Throws `command_failed` with its complaint for another exit code than 0. */
export async function runCommand(
  program: string,
  programArguments: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(program, programArguments, options);
  if (result.exitCode === 0) return result.stdout;
  const complaint = (result.stderr || result.stdout).trim().slice(-2000);
  throw new LabError(
    "command_failed",
    `\`${program} ${programArguments.join(" ")}\` ended with ${result.exitCode}: ${complaint}`,
  );
}
