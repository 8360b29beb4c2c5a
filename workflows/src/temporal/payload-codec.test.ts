import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createPayloadCodec, readPayloadKeys, toPayloadKey } from "./payload-codec.ts";

const key = () => toPayloadKey(randomBytes(32));
const payload = (text: string) => ({
  metadata: { encoding: Buffer.from("json/plain") },
  data: Buffer.from(text),
});
const textsOf = (payloads: { data?: Uint8Array | null | undefined }[]) =>
  payloads.map(({ data }) => Buffer.from(data ?? []).toString());

test("what goes out shows nothing of what went in, and comes back whole", async () => {
  const codec = createPayloadCodec([key()]);
  const encoded = await codec.encode([payload("canary"), payload("")]);
  expect(Buffer.concat(encoded.map(({ data }) => data ?? Buffer.alloc(0))).toString("latin1")).not.toContain(
    "canary",
  );
  const decoded = await codec.decode(encoded);
  expect(textsOf(decoded)).toEqual(["canary", ""]);
  expect(Buffer.from(decoded[0]?.metadata?.encoding ?? []).toString()).toBe("json/plain");
});

test("the same payload never looks the same twice", async () => {
  const codec = createPayloadCodec([key()]);
  const [one, other] = await codec.encode([payload("x"), payload("x")]);
  expect(one?.data).not.toEqual(other?.data);
});

test("after a change of keys the old one still opens what it closed", async () => {
  const [old, fresh] = [key(), key()];
  const before = await createPayloadCodec([old]).encode([payload("kept")]);
  expect(textsOf(await createPayloadCodec([fresh, old]).decode(before))).toEqual(["kept"]);
  await expect(createPayloadCodec([fresh]).decode(before)).rejects.toThrow(/no payload key/);
});

test("an altered payload is refused", async () => {
  const codec = createPayloadCodec([key()]);
  const [encoded] = await codec.encode([payload("kept")]);
  const data = Buffer.from(encoded?.data ?? []);
  data[20] = (data[20] ?? 0) ^ 1;
  await expect(codec.decode([{ ...encoded, data }])).rejects.toThrow();
});

test("a payload that nobody encrypted is left as it is", async () => {
  expect(textsOf(await createPayloadCodec([key()]).decode([payload("plain")]))).toEqual(["plain"]);
});

test("a key of another length is refused with its name", () => {
  expect(() => readPayloadKeys(randomBytes(16).toString("base64"), "THE_KEY")).toThrow(
    /THE_KEY.*32 bytes.*16/,
  );
  const two = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64")).join(",");
  expect(readPayloadKeys(two, "THE_KEY").map(({ key: bytes }) => bytes[0])).toEqual([1, 2]);
});
