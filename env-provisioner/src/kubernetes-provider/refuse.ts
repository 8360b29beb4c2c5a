import type { OperationFailureCode } from "@seatrial/contracts/environments/lifecycle.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import { OperationError, type SourcePlace } from "../operation-error.ts";
import type { KubernetesObject } from "../planned-object.ts";
import { nameOf } from "./object-identity.ts";
import { isPassing } from "./patiently.ts";

const textLimit = 2_000;

/** A failure about one object: its name and where it stands come first. */
export function refuse(
  code: OperationFailureCode,
  object: KubernetesObject,
  why: string,
  place: SourcePlace | null,
  cause?: unknown,
): OperationError {
  const text = why.length > textLimit ? `${why.slice(0, textLimit)}…` : why;
  return new OperationError(code, `${nameOf(object)}: ${text}`, place, { cause });
}

/** What an answer of the API server means for the operation. */
export function explainRefusal(
  error: unknown,
  object: KubernetesObject,
  place: SourcePlace | null,
): OperationError {
  if (error instanceof OperationError) return error;
  if (!(error instanceof KubeError)) return refuse("internal", object, textOf(error), place, error);
  const code = isPassing(error) ? "cluster_unreachable" : "apply_refused";
  return refuse(code, object, messageFor(error, object), place, error);
}

/** The API server repeats wrong values in its messages, so of a Secret only the fields are named. */
function messageFor(error: KubeError, object: KubernetesObject): string {
  if (object.kind !== "Secret" || error.status === 0 || error.status === 403) return error.message;
  const fields = error.causes.map(({ field, reason }) => `${field ?? "?"} (${reason ?? "invalid"})`);
  return `the API server refused it: ${error.status} ${error.reason} ${fields.join(", ")}`.trim();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
