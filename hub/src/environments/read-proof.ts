import type { Proof } from "@seatrial/contracts/environments/proof.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { EnvironmentRow } from "./environment-row.ts";

/** What its last removal found. Throws `not_found` before one has ended. */
export function readProof({ id, state, proof }: EnvironmentRow): Proof {
  if (proof) return proof;
  throw new SeatrialError(
    "not_found",
    `Environment ${id} is ${state} and has no proof: a removal writes one at its end.`,
  );
}
