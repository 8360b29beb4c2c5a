import type { HubDeps } from "../app/hub-deps.ts";
import { parseLastEventId } from "../events/follow-events.ts";
import type { ServerEvent } from "../http/event-stream.ts";
import { environmentChannel } from "../notifications/channels.ts";
import { follow } from "../notifications/follow.ts";
import { environmentEventsAfter } from "./read-environment-events.ts";

const perLook = 200;

/** An environment's events after `lastEventId`, as they are committed; ends after `environment.deleted`. */
export async function* followEnvironmentEvents(
  deps: HubDeps,
  environmentId: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent | null> {
  let last = parseLastEventId(lastEventId);
  const look = () => environmentEventsAfter(deps.database, environmentId, last, perLook);
  for await (const event of follow(deps.notifications, [environmentChannel(environmentId)], signal, look)) {
    if (event === null) {
      yield null;
      continue;
    }
    last = event.id;
    yield { id: String(event.id), event: event.type, data: event };
    if (event.type === "environment.deleted") return;
  }
}
