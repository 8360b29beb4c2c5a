/** One server-sent event. `id` is what a client sends back as `Last-Event-ID`. */
export type ServerEvent = { readonly id?: string; readonly event: string; readonly data: unknown };

/**
 * An answer of server-sent events (WHATWG HTML, section 9.2). Ends with the generator, when the client is gone or when
 * `signal` is aborted; the generator gets one signal for all three. `null` is a comment that keeps proxies from
 * closing. An error ends the stream without a word: the client resumes and gets the problem as an answer.
 */
export function eventStream(
  signals: readonly AbortSignal[],
  source: (signal: AbortSignal) => AsyncGenerator<ServerEvent | null>,
  onError: (error: unknown) => void,
): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, ...signals]);
  const events = source(signal);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await events.next();
        // The client went away while the next event was awaited: its stream is closed already.
        if (gone.signal.aborted) return;
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(eventText(next.value)));
      } catch (error) {
        onError(error);
        controller.error(new Error("the stream broke off"));
      }
    },
    async cancel() {
      gone.abort();
      await events.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}

/** `JSON.stringify` escapes line ends, so data is always one line. */
function eventText(event: ServerEvent | null): string {
  if (event === null) return ":\n\n";
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  return `${id}event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
}

/** True when the caller asks for a stream. */
export function wantsEventStream(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes("text/event-stream") ?? false;
}
