import { expect, test } from "vitest";
import { readServerSentEvents } from "./server-sent-events.ts";

const text =
  "id: 1\nevent: a\ndata: one\n\n: comment\n\ndata: two\r\ndata: lines ü\r\n\r\nid: 3\n\ndata\n\ndata: cut off";

function streamOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

test("messages are the same however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode(text);
  const expected = [
    { id: "1", event: "a", data: "one" },
    { id: null, event: "message", data: "two\nlines ü" },
    { id: null, event: "message", data: "" },
  ];
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const chunks = [];
    for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.slice(start, start + size));
    expect(await Array.fromAsync(readServerSentEvents(streamOf(chunks))), `chunks of ${size}`).toEqual(
      expected,
    );
  }
});

test("an endless line is refused", async () => {
  const chunk = new TextEncoder().encode("x".repeat(1_000_000));
  const endless = streamOf(Array(6).fill(chunk));
  await expect(Array.fromAsync(readServerSentEvents(endless))).rejects.toThrow(RangeError);
});
