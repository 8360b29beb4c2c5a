import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { HubDeps } from "../app/hub-deps.ts";
import type { ServerEvent } from "../http/event-stream.ts";
import { runChannel } from "../notifications/channels.ts";
import { follow } from "../notifications/follow.ts";
import { eventsAfter } from "./read-events.ts";

const perLook = 200;

/** A run's events after `lastEventId`, as they are committed; ends after `run.finished`. */
export async function* followEvents(
  deps: HubDeps,
  runId: string,
  lastEventId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent | null> {
  let last = parseLastEventId(lastEventId);
  const look = () => eventsAfter(deps.database, runId, last, perLook);
  for await (const event of follow(deps.notifications, [runChannel(runId)], signal, look)) {
    if (event === null) {
      yield null;
      continue;
    }
    last = event.id;
    yield { id: String(event.id), event: event.type, data: event };
    if (event.type === "run.finished") return;
  }
}

/** The number in `Last-Event-ID`; 0, the beginning, without one. Throws `invalid_request`. */
export function parseLastEventId(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const message = "must be the id of an event of this stream, or be left out";
  throw new SeatrialError("invalid_request", `/header/last-event-id: ${message}`, {
    fields: [{ path: "/header/last-event-id", message }],
  });
}
