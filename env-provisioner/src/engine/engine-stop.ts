import { OperationError } from "../operation-error.ts";
import type { EngineRequest } from "./engine-request.ts";

export type EngineStop = {
  /** Aborts with an `OperationError` as its reason. */
  signal: AbortSignal;
  clear: () => void;
};

/** What ends an operation early: its deadline, or who asked for it. */
export function createStop({ signal, timeoutSeconds }: EngineRequest): EngineStop {
  const stopping = new AbortController();
  const late = () =>
    stopping.abort(
      new OperationError("not_ready", `The environment was not ready after ${timeoutSeconds} seconds`),
    );
  const timer = setTimeout(late, timeoutSeconds * 1_000);
  const cancelled = () => {
    const { reason } = signal;
    stopping.abort(
      reason instanceof OperationError
        ? reason
        : new OperationError("cancelled", "The operation was stopped", null, { cause: reason }),
    );
  };
  if (signal.aborted) cancelled();
  else signal.addEventListener("abort", cancelled, { once: true });
  return {
    signal: stopping.signal,
    clear() {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancelled);
    },
  };
}

type Ending = {
  code: number | null;
  output: string;
  /** As the provider told them, the first one first. */
  failures: readonly OperationError[];
  programError: unknown;
  stop: EngineStop;
  /** The engine's own words. */
  errors: readonly string[];
};

const othersNamed = 3;

/** Why the operation failed, or null: who stopped it, else the first object that failed, the program, the engine. */
export function chooseFailure(ending: Ending): OperationError | null {
  const { code, failures, programError, stop } = ending;
  const reason = stop.signal.aborted ? (stop.signal.reason as OperationError) : null;
  if (reason !== null && reason.code !== "not_ready") return reason;
  if (code === null && reason === null)
    return new OperationError("engine_failed", "The engine was killed; its state was mended, so try again");
  const [first, ...others] = causesFirst(failures);
  if (first) return withOthers(first, others);
  if (programError instanceof OperationError) return programError;
  if (reason !== null) return reason;
  if (code === 0) return null;
  if (programError !== null && isOwnError(programError))
    return new OperationError("internal", `The plan failed: ${String(programError)}`, null, {
      cause: programError,
    });
  const words = ending.errors[0] ?? ending.output.trim().slice(-1_000);
  return new OperationError("engine_failed", `The engine ended with code ${code}: ${words}`);
}

/** A Service has no endpoints because its pods are not ready, never the other way round. */
function causesFirst(failures: readonly OperationError[]): OperationError[] {
  const isConsequence = ({ message }: OperationError) => /^(Service|Ingress|HTTPRoute) /.test(message);
  return [...failures.filter((one) => !isConsequence(one)), ...failures.filter(isConsequence)];
}

/** Of several that were not ready at the deadline the first is explained and the next are named. */
function withOthers(first: OperationError, rest: readonly OperationError[]): OperationError {
  const others = rest.filter(({ code }) => code === first.code);
  if (others.length === 0) return first;
  const names = others.slice(0, othersNamed).map(({ message }) => message.split(":")[0]);
  const more = others.length > othersNamed ? ", …" : "";
  const message = `${first.message} (and ${others.length} more: ${names.join(", ")}${more})`;
  return new OperationError(first.code, message, first.place, { cause: first });
}

/** What the engine's ending causes in the program says nothing of its own. */
function isOwnError(error: unknown): boolean {
  return (
    !(error instanceof Error) || !/failed to register|Resource monitor|ResourceError/.test(error.message)
  );
}
