import type { ToolSource } from "./tool-spec.ts";

/** One thing the toolchain does, told when it starts, about once a second while it runs, and when it ends. */
export type ToolStep = {
  readonly tool: string;
  readonly source: ToolSource;
  readonly state: "started" | "running" | "done" | "failed";
  readonly message: string;
  readonly elapsedSeconds: number;
};
export type ReportStep = (step: ToolStep) => void;

export type StepHandle = { say: (message: string) => void };

/** Runs `work` as one step. `work` may change the step's message as it goes. */
export async function runStep<T>(
  report: ReportStep,
  about: { tool: string; source: ToolSource; message: string },
  work: (step: StepHandle) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  let message = about.message;
  const tell = (state: ToolStep["state"]): void =>
    report({ ...about, state, message, elapsedSeconds: (performance.now() - startedAt) / 1000 });
  tell("started");
  const timer = setInterval(() => tell("running"), 1000);
  try {
    const result = await work({
      say: (text) => {
        message = text;
      },
    });
    message = about.message;
    tell("done");
    return result;
  } catch (error) {
    message = `${about.message}: ${error instanceof Error ? error.message : String(error)}`;
    tell("failed");
    throw error;
  } finally {
    clearInterval(timer);
  }
}
