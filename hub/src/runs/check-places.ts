import type { EnvironmentTemplate } from "@seatrial/contracts/environments/environment-template.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { RunSuiteCopy } from "./copy-to-places.ts";

/**
 * Refuses copies in several places of an environment that only its own cluster reaches: they would be errored all but
 * one. `expose`: the template's endpoints; null: the run has no environment. Throws `invalid_request`.
 */
export function checkPlaces(
  copies: readonly RunSuiteCopy[],
  expose: EnvironmentTemplate["expose"] | null,
): void {
  const copy = copies.find(({ place }) => place !== null);
  if (copy === undefined || expose === null) return;
  const closed = Object.entries(expose).filter(([, { reach }]) => reach !== "network");
  if (Object.keys(expose).length > 0 && closed.length === 0) return;
  const what =
    closed[0] === undefined ? "it exposes nothing" : `endpoint '${closed[0][0]}' has reach 'cluster'`;
  const message = `suite "${copy.origin}" has a copy in each ${copy.place?.label}, and the run's environment can be reached from its own cluster alone (${what}): expose its endpoints with reach: network, or start one run for each place`;
  const path = "/environment";
  throw new SeatrialError("invalid_request", `${path}: ${message}`, { fields: [{ path, message }] });
}
