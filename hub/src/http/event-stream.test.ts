import { expect, test } from "vitest";
import { eventStream, type ServerEvent } from "./event-stream.ts";

test("a client that goes away while an event is awaited is no error, and the source ends", async () => {
  const errors: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  async function* source(signal: AbortSignal): AsyncGenerator<ServerEvent | null> {
    try {
      yield { event: "first", data: 1 };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    } finally {
      ended.resolve();
    }
  }
  const reader = eventStream([], source, (error) => errors.push(error)).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("event: first\ndata: 1\n\n");
  const waiting = reader?.read();
  await reader?.cancel();
  await ended.promise;
  expect((await waiting)?.done).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toEqual([]);
});

test("an error of the source breaks the stream and is handed on, not sent", async () => {
  const errors: unknown[] = [];
  // biome-ignore lint/correctness/useYield: it fails before its first event.
  async function* source(): AsyncGenerator<ServerEvent | null> {
    throw new Error("the database is away");
  }
  const answer = eventStream([], source, (error) => errors.push(error));
  await expect(answer.text()).rejects.toThrow("the stream broke off");
  expect(errors).toEqual([new Error("the database is away")]);
});
