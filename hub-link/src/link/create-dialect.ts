import {
  type AgentProtocol,
  newestProtocol,
  oldestProtocol,
} from "@seatrial/contracts/agent-protocol/versions.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { Logger } from "@seatrial/contracts/logger.ts";
import type { Clock } from "@seatrial/contracts/time/clock.ts";

/** Makes one call in the version of the protocol that the hub serves. Throws what the call throws. */
export type Dialect = {
  speak: <Answer>(call: (protocol: AgentProtocol) => Promise<Answer>) => Promise<Answer>;
};

/** For how long a hub without the newest version is spoken to in the older one before the newest is tried again. */
const oldMilliseconds = 60_000;

/**
 * Speaks the newest version, and the one before to a hub that has no such route: one that was not upgraded yet, or one
 * replica of it. Any call may be repeated in the other version, because a missing route has done nothing.
 */
export function createDialect(deps: { clock: Pick<Clock, "elapsed">; logger: Logger }): Dialect {
  let oldUntil = Number.NEGATIVE_INFINITY;

  function noteAnswered(protocol: AgentProtocol): void {
    const isOld = protocol === oldestProtocol;
    if (isOld && oldUntil === Number.NEGATIVE_INFINITY)
      deps.logger.warn(
        { speaks: protocol, knows: newestProtocol },
        "the hub is older than this process: speaking its version until it is upgraded",
      );
    if (!isOld && oldUntil !== Number.NEGATIVE_INFINITY)
      deps.logger.info({ speaks: protocol }, "the hub speaks the newest version again");
    oldUntil = isOld ? deps.clock.elapsed() + oldMilliseconds : Number.NEGATIVE_INFINITY;
  }

  return {
    async speak(call) {
      const isOld = deps.clock.elapsed() < oldUntil;
      const [first, second] = isOld ? [oldestProtocol, newestProtocol] : [newestProtocol, oldestProtocol];
      try {
        const answer = await call(first);
        if (!isOld) noteAnswered(first);
        return answer;
      } catch (error) {
        if (!isMissingRoute(error)) throw error;
        return await inOther(call, second, error);
      }
    },
  };

  async function inOther<Answer>(
    call: (protocol: AgentProtocol) => Promise<Answer>,
    protocol: AgentProtocol,
    refusal: unknown,
  ): Promise<Answer> {
    try {
      const answer = await call(protocol);
      noteAnswered(protocol);
      return answer;
    } catch (error) {
      // Missing in both: it is what is named that is not there, or no version is common to both.
      throw isMissingRoute(error) ? refusal : error;
    }
  }
}

function isMissingRoute(error: unknown): boolean {
  return (
    error instanceof SeatrialError && (error.code === "not_found" || error.code === "protocol_unsupported")
  );
}
