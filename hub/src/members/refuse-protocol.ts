import {
  isServed,
  newestProtocol,
  oldestProtocol,
  protocolOf,
} from "@seatrial/contracts/agent-protocol/versions.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { createMiddleware } from "hono/factory";
import type { HubEnv } from "../app/hub-deps.ts";

/**
 * Refuses versions of the agent protocol that this hub does not serve, with those that it does: before the proof,
 * because there is nothing to prove. An agent that is newer goes on in the newest that both know.
 */
export const refuseProtocol = createMiddleware<HubEnv>(async (c, next) => {
  const asked = protocolOf(c.req.path);
  if (asked !== null && !isServed(asked)) throw unsupported(asked);
  await next();
});

function unsupported(asked: number): SeatrialError {
  const fix =
    asked < oldestProtocol
      ? "upgrade this agent to the hub's version"
      : "upgrade the hub first, its agents after it";
  return new SeatrialError(
    "protocol_unsupported",
    `This hub serves versions ${oldestProtocol} to ${newestProtocol} of the agent protocol, not ${asked}: ${fix}.`,
    { facts: { asked, oldest: oldestProtocol, newest: newestProtocol } },
  );
}
