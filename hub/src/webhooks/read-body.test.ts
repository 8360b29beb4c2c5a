import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { expect, test } from "vitest";
import { createBodyReader } from "./read-body.ts";

const limits = { mostBytes: 100, smallBytes: 10, heldBytes: 120 };

/** A body that comes in parts and says whether somebody stopped reading it. */
function requestOf(parts: readonly number[]) {
  const told = { isCancelled: false };
  const left = [...parts];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(new Uint8Array(next).fill(7));
    },
    cancel() {
      told.isCancelled = true;
    },
  });
  return {
    told,
    request: new Request("http://hub", { method: "POST", body, duplex: "half" } as RequestInit),
  };
}

const codeOf = (error: unknown) => (error instanceof SeatrialError ? error.code : error);

test("a body is read whole, whatever parts it comes in, and none is an empty one", async () => {
  const withBody = createBodyReader(limits);
  const length = async (body: Uint8Array) => body.byteLength;
  expect(await withBody(requestOf([1, 40, 59]).request, length)).toBe(100);
  expect(await withBody(new Request("http://hub", { method: "POST" }), length)).toBe(0);
});

test("one that is too large is left unread", async () => {
  const { request, told } = requestOf([60, 41, 1_000, 1_000]);
  const refused = createBodyReader(limits)(request, async () => "read").catch(codeOf);
  expect(await refused).toBe("payload_too_large");
  expect(told.isCancelled).toBe(true);
});

test("while large ones are held, more large ones are refused and small ones are not; then all are read again", async () => {
  const withBody = createBodyReader(limits);
  const gate = Promise.withResolvers<void>();
  const held = [1, 2].map(() => withBody(requestOf([70]).request, () => gate.promise));
  const another = () => withBody(requestOf([70]).request, async () => "read").catch(codeOf);
  // Both are read once a small one is: their streams were asked first.
  expect(await withBody(requestOf([1, 9]).request, async () => "read")).toBe("read");
  expect(await another()).toBe("unavailable");
  expect(await withBody(requestOf([10]).request, async () => "read")).toBe("read");
  gate.resolve();
  await Promise.all(held);
  expect(await another()).toBe("read");
});

test("work that fails holds nothing any more", async () => {
  const withBody = createBodyReader(limits);
  for (let tries = 0; tries < 5; tries += 1) {
    const failed = withBody(requestOf([100]).request, () => Promise.reject(new Error("no"))).catch(String);
    expect(await failed).toBe("Error: no");
  }
});
