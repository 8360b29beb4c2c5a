import { SeatrialError } from "../errors.ts";
import { type ClientOptions, type RequestParts, sendRequest } from "./send-request.ts";
import { readServerSentEvents, type StreamMessage } from "./server-sent-events.ts";

export type FollowOptions = {
  signal?: AbortSignal;
  /** Where to go on: only what came after the message with this id. */
  lastEventId?: string;
  query?: RequestParts["query"];
  /** Waits between tries when the connection is lost; given by the caller, who owns time. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Called when the connection is lost, with what happened and how long it waits. */
  onLost?: (error: unknown, waitMilliseconds: number) => void;
};

const firstWaitMilliseconds = 250;
const maxWaitMilliseconds = 10_000;

/**
 * Follows an event stream of the hub across lost connections: each new one resumes by `Last-Event-ID`, so nothing is
 * missed or repeated. Ends when the consumer stops, the signal aborts, or the hub answers with an error of its own
 * (thrown as SeatrialError); a hub that does not answer is tried again without end.
 */
export async function* followStream(
  options: ClientOptions,
  path: string,
  follow: FollowOptions,
): AsyncGenerator<StreamMessage> {
  let lastEventId = follow.lastEventId;
  let waitMilliseconds = firstWaitMilliseconds;
  while (!follow.signal?.aborted) {
    try {
      for await (const message of connect(options, path, follow, lastEventId)) {
        waitMilliseconds = firstWaitMilliseconds;
        if (message.id !== null && message.id !== "") lastEventId = message.id;
        yield message;
      }
    } catch (error) {
      if (follow.signal?.aborted) return;
      if (error instanceof SeatrialError && error.code !== "unavailable") throw error;
      follow.onLost?.(error, waitMilliseconds);
    }
    await follow.sleep(waitMilliseconds, follow.signal);
    waitMilliseconds = Math.min(maxWaitMilliseconds, waitMilliseconds * 2);
  }
}

async function* connect(
  options: ClientOptions,
  path: string,
  follow: FollowOptions,
  lastEventId: string | undefined,
): AsyncGenerator<StreamMessage> {
  const response = await sendRequest(options, path, {
    headers: { accept: "text/event-stream", ...(lastEventId ? { "last-event-id": lastEventId } : {}) },
    query: follow.query ?? {},
    signal: follow.signal,
    seconds: null,
  });
  if (response.body) yield* readServerSentEvents(response.body);
}
