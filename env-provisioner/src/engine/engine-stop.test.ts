import { describe, expect, test } from "vitest";
import { OperationError } from "../operation-error.ts";
import { chooseFailure, type EngineStop } from "./engine-stop.ts";

const running: EngineStop = { signal: new AbortController().signal, clear: () => undefined };
const stopped = (reason: OperationError): EngineStop => ({ ...running, signal: AbortSignal.abort(reason) });
const ending = { code: 255, output: "", failures: [], programError: null, stop: running, errors: [] };
const notReady = (name: string) => new OperationError("not_ready", `${name}: not ready`);

describe("why an operation failed", () => {
  test("is nothing when the engine ended well", () => {
    expect(chooseFailure({ ...ending, code: 0 })).toBeNull();
  });

  test("is who stopped it, before what that caused", () => {
    const cancelled = new OperationError("cancelled", "stopped");
    expect(chooseFailure({ ...ending, stop: stopped(cancelled), failures: [notReady("A")] })).toBe(cancelled);
  });

  test("is the objects that were not ready at the deadline, the first with its reason", () => {
    const late = new OperationError("not_ready", "not ready after 9 seconds");
    const failure = chooseFailure({
      ...{ ...ending, stop: stopped(late), failures: [notReady("Deployment a/b"), notReady("Job a/c")] },
    });
    expect(failure?.message).toBe("Deployment a/b: not ready (and 1 more: Job a/c)");
    expect(chooseFailure({ ...ending, stop: stopped(late) })).toBe(late);
  });

  test("is the workload before the Service that has no endpoints because of it, whichever was told first", () => {
    const failures = [notReady("Service a/web"), notReady("Deployment a/web")];
    expect(chooseFailure({ ...ending, failures })?.message).toBe(
      "Deployment a/web: not ready (and 1 more: Service a/web)",
    );
    expect(chooseFailure({ ...ending, failures: failures.slice(0, 1) })).toBe(failures[0]);
  });

  test("is the plan's own failure as it is", () => {
    const programError = new OperationError("render_failed", "no such value", {
      file: "values.yaml",
      line: 2,
    });
    expect(chooseFailure({ ...ending, programError })).toBe(programError);
  });

  test("is the engine when nobody else says anything", () => {
    expect(chooseFailure({ ...ending, errors: ["bad state"] })).toMatchObject({
      code: "engine_failed",
      message: "The engine ended with code 255: bad state",
    });
    expect(chooseFailure({ ...ending, code: null })?.code).toBe("engine_failed");
  });
});
