import type { SweepAnswer } from "@seatrial/contracts/agent-protocol/operation.ts";
import type { JanitorReport, JanitorRequest } from "../janitor/run-janitor.ts";

/** Removes what the hub said to remove, each thing read again first. */
export async function applySweepAnswer(
  _request: Omit<JanitorRequest, "marginSeconds">,
  _answer: SweepAnswer,
): Promise<JanitorReport> {
  throw new Error("not written yet");
}
