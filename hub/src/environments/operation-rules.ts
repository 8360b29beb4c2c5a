import type { EnvironmentState, OperationKind } from "@seatrial/contracts/environments/lifecycle.ts";

type OperationRule = {
  /** The states in which this operation may begin; a repeat after a failure included. */
  readonly from: readonly EnvironmentState[];
  /** The state from its acknowledgement to its end; null: it moves nothing. */
  readonly during: EnvironmentState | null;
  /** The state after its success; null: as before. A removal that is not proved complete stays `deleting` or `stuck`. */
  readonly after: EnvironmentState | null;
};

/**
 * What each operation is for. A failed one leaves `during` as it is: its workflow tries again, or gives up and the
 * environment is `failed`. `up` begins with the claim that chooses the cluster (`requested → placed`).
 */
export const operationRules: Record<OperationKind, OperationRule> = {
  up: { from: ["requested", "placed", "creating"], during: "creating", after: "ready" },
  update: { from: ["ready", "updating", "sleeping", "failed"], during: "updating", after: "ready" },
  sleep: { from: ["ready", "updating"], during: "updating", after: "sleeping" },
  wake: { from: ["sleeping", "updating"], during: "updating", after: "ready" },
  prove: { from: ["ready"], during: null, after: null },
  down: {
    from: ["placed", "creating", "ready", "updating", "sleeping", "failed", "deleting", "stuck"],
    during: "deleting",
    after: "deleted",
  },
};
