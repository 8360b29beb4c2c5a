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

/**
 * The API server repeats wrong values in its messages, and so may policies and webhooks, whatever their status: of a
 * Secret only the fields are named, and the part of a message that is known to quote nothing.
 */
function messageFor(error: KubeError, object: KubernetesObject): string {
  if (object.kind !== "Secret" || error.status === 0) return error.message;
  const said = quotesNothing.map((pattern) => pattern.exec(error.message)?.[0]).find(Boolean);
  const fields = error.causes.map(({ field, reason }) => `${field ?? "?"} (${reason ?? "invalid"})`);
  const why = said ?? fields.join(", ");
  return `the API server refused it: ${error.status} ${error.reason} ${why}`.trim();
}

/** Who refused comes first: what follows in a policy's or webhook's message is its author's. */
const quotesNothing = [
  /ValidatingAdmissionPolicy '[\w.-]+' with binding '[\w.-]+' denied request/,
  /admission webhook "[\w.:/-]+" denied the request/,
  /User "[\w.:@/-]+" cannot \w+ resource "\w+" in API group "[\w.-]*"/,
  /exceeded quota: [\w.-]+, requested: [\w.:/=,-]+, used: [\w.:/=,-]+, limited: [\w.:/=,-]+/,
  /because it is being terminated/,
  /namespaces "[\w.-]+" not found/,
];

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
