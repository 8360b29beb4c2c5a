import type { OperationFailureCode } from "@seatrial/contracts/environments/lifecycle.ts";
import { hasStatus, KubeError } from "@seatrial/kube-link/kube-error.ts";
import { OperationError } from "../operation-error.ts";
import type { RunnerResult } from "../operations/runner-messages.ts";
import type { RunnerContext } from "./runner-context.ts";

type Failure = NonNullable<RunnerResult["finish"]["failure"]>;

/** Why an operation failed, as the hub takes it. An operation that was stopped says so, whatever broke because of it. */
export function failureOf(error: unknown, context: Pick<RunnerContext, "stopReason" | "steps">): Failure {
  const stopped = context.stopReason();
  if (stopped === "cancelled") return plain("cancelled", "The operation was stopped: its environment goes.");
  if (stopped === "draining")
    return plain("lost", "The provisioner is being replaced: the next one goes on.");
  if (stopped === "deadline") {
    const last = context.steps().at(-1)?.name;
    return plain("deadline", `The operation took too long and was ended${last ? `, after "${last}"` : ""}.`);
  }
  if (error instanceof OperationError)
    return {
      code: error.code,
      message: error.message.slice(0, 8_000),
      file: error.place?.file ?? null,
      line: error.place?.line ?? null,
    };
  if (error instanceof KubeError) return plain(codeOf(error), error.message);
  return plain("internal", error instanceof Error ? error.message : String(error));
}

function plain(code: OperationFailureCode, message: string): Failure {
  return { code, message: message.slice(0, 8_000), file: null, line: null };
}

function codeOf(error: KubeError): OperationFailureCode {
  if (error.status === 0 || error.status === 429 || error.status >= 500) return "cluster_unreachable";
  return hasStatus(error, 404) ? "internal" : "apply_refused";
}
