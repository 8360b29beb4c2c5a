import {
  type EnvironmentState,
  environmentTransitions,
  type OperationKind,
  type OperationState,
} from "@seatrial/contracts/environments/lifecycle.ts";
import type { EnvironmentFacts } from "@seatrial/contracts/worker-protocol/environments.ts";
import { environmentFacts } from "../../testing-hub.ts";
import { decide } from "../decide.ts";

/** Where each operation may begin, what the environment is meanwhile and after it: the hub's rules. */
const rules: Record<
  OperationKind,
  { from: readonly EnvironmentState[]; during: EnvironmentState | null; after: EnvironmentState | null }
> = {
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

export type Ask = "sleep" | "wake" | "update" | "prove" | "delete" | "nothing";

/** An environment whose operations end as told, in turn; when these are used up, they succeed. */
export function startSimulation({ ends, retryable }: { ends: OperationState[]; retryable: boolean }) {
  let facts: EnvironmentFacts = { ...environmentFacts("e-1"), expiresInSeconds: null };
  const left = [...ends];

  function move(to: EnvironmentState): void {
    if (to === facts.state) return;
    const path = facts.state === "requested" && to === "creating" ? (["placed", to] as const) : [to];
    for (const step of path) {
      if (!environmentTransitions[facts.state].includes(step))
        throw new Error(`${facts.state} never becomes ${step}`);
      facts = { ...facts, state: step };
    }
  }

  function operate(kind: OperationKind, number: number): void {
    if (!rules[kind].from.includes(facts.state)) throw new Error(`${kind} must not begin in ${facts.state}`);
    if (number !== (facts.operation?.number ?? 0) + 1) throw new Error(`number ${number} is not the next`);
    const { generation } = facts;
    if (rules[kind].during !== null) move(rules[kind].during);
    const state = left.shift() ?? "succeeded";
    const before = facts.operation?.kind === kind ? facts.operation.failuresInRow : 0;
    const failuresInRow = state === "succeeded" ? 0 : before + 1;
    facts = {
      ...facts,
      operation: { kind, number, state, generation, retryable, failuresInRow, endedSecondsAgo: 0 },
    };
    if (state !== "succeeded") return;
    if (rules[kind].after !== null) move(rules[kind].after);
    if (kind === "up" || kind === "update") facts = { ...facts, appliedGeneration: generation };
    if (kind === "prove") facts = { ...facts, proveWanted: false };
  }

  function wait(seconds: number): void {
    if (facts.operation === null) return;
    const endedSecondsAgo = (facts.operation.endedSecondsAgo ?? 0) + seconds;
    facts = { ...facts, operation: { ...facts.operation, endedSecondsAgo } };
  }

  /** False when there is nothing to wait for. */
  function step(): boolean {
    const decision = decide(facts);
    if (decision.do === "start") operate(decision.kind, decision.number);
    else if (decision.do === "give-up" && facts.operation?.kind === "prove")
      facts = { ...facts, proveWanted: false };
    else if (decision.do === "give-up") move("failed");
    else if (decision.do === "wait" && decision.seconds !== null) wait(decision.seconds);
    else return false;
    return true;
  }

  return {
    facts: () => facts,
    ask(what: Ask) {
      if (facts.wanted === "gone") return;
      if (what === "sleep") facts = { ...facts, wanted: "sleeping" };
      if (what === "wake") facts = { ...facts, wanted: "present" };
      if (what === "update") facts = { ...facts, generation: facts.generation + 1 };
      if (what === "prove") facts = { ...facts, proveWanted: true, wanted: "present" };
      if (what === "delete") facts = { ...facts, wanted: "gone" };
      // What nobody placed is removed by the hub alone.
      if (what === "delete" && facts.state === "requested") facts = { ...facts, state: "deleted" };
    },
    settle() {
      for (let steps = 0; step(); steps += 1)
        if (steps > 500) throw new Error(`no end: ${JSON.stringify(facts)}`);
    },
  };
}
