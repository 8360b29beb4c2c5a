import { spawn } from "node:child_process";
import { limits } from "@seatrial/contracts/limits.ts";
import { OperationError } from "../operation-error.ts";

export type ToolAnswer = { exitCode: number | null; stdout: string; stderr: string };

export type ToolCall = {
  /** Absolute path. */
  program: string;
  words: readonly string[];
  /** An empty folder: working folder, home and caches of the program. */
  folder: string;
  timeoutSeconds?: number;
  signal: AbortSignal | undefined;
};

/** Rendering takes tenths of a second; a template that computes for minutes is wrong. */
const defaultTimeoutSeconds = 60;
const keptOfStderr = 64 * 1_024;

/**
 * Runs helm or kubectl without shell, login, plugins or network: an own home, a proxy that is not there, and no PATH.
 * The process group is killed at the time limit, at the signal, and when it prints more than
 * `limits.renderedBytes` (`template_invalid`).
 */
export async function runTool(call: ToolCall): Promise<ToolAnswer> {
  call.signal?.throwIfAborted();
  const child = spawn(call.program, call.words, {
    cwd: call.folder,
    env: toolEnvironment(call.folder),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const kill = () => killGroup(child.pid);
  const seconds = call.timeoutSeconds ?? defaultTimeoutSeconds;
  let failure: OperationError | null = null;
  const fail = (code: "render_failed" | "template_invalid", message: string) => {
    failure ??= new OperationError(code, message);
    kill();
  };
  const timer = setTimeout(
    () => fail("render_failed", `rendering took longer than ${seconds} s`),
    seconds * 1_000,
  );
  call.signal?.addEventListener("abort", kill, { once: true });
  try {
    const [exitCode, stdout, stderr] = await Promise.all([
      new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve)),
      read(child.stdout, limits.renderedBytes, () => fail("template_invalid", tooLarge)),
      read(child.stderr, keptOfStderr, () => undefined),
    ]);
    call.signal?.throwIfAborted();
    if (failure) throw failure;
    return { exitCode, stdout, stderr };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener("abort", kill);
  }
}

export const tooLarge = `it renders to more than ${limits.renderedBytes / 1_048_576} MiB of YAML: make it smaller, or load large data when the pod starts`;

/** Nothing of our own environment: no kubeconfig, no credentials. Go programs try the closed port instead of the network. */
function toolEnvironment(folder: string): NodeJS.ProcessEnv {
  const closed = "http://127.0.0.1:9";
  return {
    HOME: folder,
    TMPDIR: folder,
    PATH: "",
    KUBECONFIG: "/dev/null",
    HELM_CACHE_HOME: `${folder}/.helm/cache`,
    HELM_CONFIG_HOME: `${folder}/.helm/config`,
    HELM_DATA_HOME: `${folder}/.helm/data`,
    HELM_PLUGINS: `${folder}/.helm/plugins`,
    HTTP_PROXY: closed,
    HTTPS_PROXY: closed,
    // Rendering is short: a larger heap is cheaper than collecting it.
    GOGC: "400",
  };
}

async function read(stream: AsyncIterable<Buffer>, most: number, onTooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes <= most) chunks.push(chunk);
    else onTooMuch();
  }
  return Buffer.concat(chunks).toString("utf8");
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
