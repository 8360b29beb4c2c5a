import type { ReportStep, ToolStep } from "./tool-step.ts";

/** Between two lines about the same running step, so that a log stays readable. */
const quietSeconds = 15;

/** A reporter that writes a line for each step that takes longer than a second, with its elapsed time. */
export function createStepPrinter(write: (line: string) => void): ReportStep {
  const lastPrinted = new Map<string, number>();
  return (step) => {
    const key = `${step.tool} ${step.source}`;
    if (step.state === "started") {
      lastPrinted.delete(key);
      return;
    }
    if (step.state !== "failed" && step.elapsedSeconds < 1) return;
    const last = lastPrinted.get(key);
    if (step.state === "running" && last !== undefined && step.elapsedSeconds - last < quietSeconds) return;
    lastPrinted.set(key, step.elapsedSeconds);
    write(formatStep(step));
  };
}

function formatStep(step: ToolStep): string {
  const mark = { started: "…", running: "…", done: "✓", failed: "✗" }[step.state];
  // A compiler's whole complaint is in the error; here its first line is enough.
  const message = step.message.split("\n", 1)[0];
  return `${mark} ${step.tool}: ${message} (${formatElapsed(step.elapsedSeconds)})`;
}

/** `42 s` or `3 min 5 s`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
