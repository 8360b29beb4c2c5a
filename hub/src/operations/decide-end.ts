import type { OperationFinish } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { EnvironmentState, OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";
import type { ObjectReference } from "@seatrial/contracts/environments/proof.ts";
import { operationRules } from "../environments/operation-rules.ts";
import { proofProblem } from "./check-proof.ts";

/** What the hub knows about an operation when its end is told. */
export type EndFacts = {
  kind: OperationKind;
  gathersEvidence: boolean;
  namespace: string;
  cluster: string;
  /** What a removal was asked to prove. */
  recorded: readonly ObjectReference[];
};
export type EndDecision = {
  failure: OperationFinish["failure"];
  /** The environment's next state; null: as it is. */
  to: EnvironmentState | null;
};

/**
 * What an operation's end means. Success is only what is proved: a start whose endpoints were not proved has failed as
 * `not_proved`, and a removal without a complete proof as `blocked`, so the environment is never called ready or
 * deleted on a bare word. Failures move nothing but a removal, which is `stuck` while something is in its way.
 */
export function decideEnd(told: OperationFinish, facts: EndFacts): EndDecision {
  const failure = told.failure ?? missingProof(told, facts);
  if (failure === null) return { failure, to: operationRules[facts.kind].after };
  if (facts.kind !== "down") return { failure, to: null };
  return { failure, to: told.blockers.length > 0 ? "stuck" : "deleting" };
}

function missingProof(told: OperationFinish, facts: EndFacts): OperationFinish["failure"] {
  const failure = (code: "blocked" | "not_proved", message: string) => ({
    code,
    message,
    file: null,
    line: null,
  });
  if (facts.kind === "down") {
    const problem = proofProblem(told.proof, facts);
    return problem === null ? null : failure("blocked", problem);
  }
  // What gathers evidence looks at something that may be broken: its finding is its success.
  if (told.proved || facts.kind === "sleep" || facts.gathersEvidence) return null;
  return failure("not_proved", "the provisioner ended it without having proved the endpoints");
}
