import { spawn } from "node:child_process";

/** Everything the bootstrap says goes to stderr: stdout belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** `42 s` or `3 min 5 s`. */
export function formatElapsed(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** An error whose message is all that the user needs: no stack is printed. */
export class BootstrapError extends Error {}

/** Set by Ctrl-C or SIGTERM: the running child ends, nothing new is started. */
const interruption = { signal: undefined };
let running;
for (const name of ["SIGINT", "SIGTERM"]) {
  process.on(name, () => {
    interruption.signal = name;
    if (!running) process.exit(name === "SIGINT" ? 130 : 143);
    // A program that got the terminal hears its Ctrl-C itself; installers are ended at once, whatever they ignore.
    if (!running.ownsTerminal) {
      say("Stopping; what is half done is put back or continued the next time.");
      running.child.kill("SIGTERM");
    } else if (name === "SIGTERM" || !process.stdin.isTTY) {
      running.child.kill(name);
    }
  });
}

export function throwIfInterrupted() {
  if (interruption.signal) throw new BootstrapError("Interrupted. Run the same command again to continue.");
}

/**
 * Runs a program and resolves with its exit code. `quiet` collects the output and shows it only on failure;
 * `pipe` copies it and says every half minute that it still runs; otherwise it inherits.
 */
export function run(program, programArguments, options = {}) {
  throwIfInterrupted();
  const started = performance.now();
  const stdio = {
    quiet: ["ignore", "pipe", "pipe"],
    pipe: ["ignore", "pipe", "pipe"],
    stderr: ["ignore", 2, 2],
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: stdio[options.output] ?? "inherit",
    });
    running = { child, ownsTerminal: child.stdout === null && options.output !== "stderr" };
    const collected = [];
    let lastOutput = performance.now();
    const take = (target) => (chunk) => {
      lastOutput = performance.now();
      if (options.output === "pipe") target.write(chunk);
      else collected.push(chunk);
    };
    child.stdout?.on("data", take(process.stdout));
    child.stderr?.on("data", take(process.stderr));
    const timer =
      options.label === undefined
        ? undefined
        : setInterval(() => {
            if (performance.now() - lastOutput < (options.quietSeconds ?? 30) * 1000) return;
            lastOutput = performance.now();
            say(`… ${options.label} (${formatElapsed(performance.now() - started)})`);
          }, 1000);
    const finish = () => {
      clearInterval(timer);
      running = undefined;
    };
    child.once("error", (error) => {
      finish();
      reject(new BootstrapError(`${program} could not be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      finish();
      const exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
      resolve({ exitCode, output: Buffer.concat(collected).toString("utf8") });
    });
  });
}

/** Runs a program as a named step: one line when it starts, one with the elapsed time, its output when it fails. */
export async function runStep(label, program, programArguments, options = {}) {
  const started = performance.now();
  say(`▸ ${label}`);
  const result = await run(program, programArguments, {
    output: "quiet",
    label,
    quietSeconds: 10,
    ...options,
  });
  throwIfInterrupted();
  const elapsed = formatElapsed(performance.now() - started);
  if (result.exitCode !== 0) {
    throw new BootstrapError(`${label} failed after ${elapsed}:\n${result.output.trim().slice(-8000)}`);
  }
  say(`✓ ${label} (${elapsed})`);
  return result;
}

/** Runs the program's main function, prints expected errors plainly and sets the exit code. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    process.exitCode = interruption.signal ? 130 : 1;
  }
}
