import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { Payload, PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";

const encoding = "binary/encrypted";
const ivBytes = 12;
const tagBytes = 16;

export type PayloadKey = { id: string; key: Uint8Array };

/** A key with the first 12 digits of its digest, which payloads carry so that an older key can still be chosen. */
export function toPayloadKey(key: Uint8Array): PayloadKey {
  return { id: createHash("sha256").update(key).digest("hex").slice(0, 12), key };
}

/** Keys in base64, parted by commas. `name` says where the text is from, for the error. */
export function readPayloadKeys(text: string, name: string): readonly [PayloadKey, ...PayloadKey[]] {
  const [first, ...others] = text.split(",").map((part) => {
    const key = Buffer.from(part.trim(), "base64");
    if (key.length !== 32) throw new Error(`${name}: a key has 32 bytes in base64, this one ${key.length}`);
    return toPayloadKey(key);
  });
  if (first === undefined) throw new Error(`${name} is empty`);
  return [first, ...others];
}

/**
 * Encrypts everything that Temporal keeps, with AES-256-GCM: a fresh 12-byte nonce, the ciphertext of the whole payload,
 * a 16-byte tag. The first key encrypts; every key decrypts, so that histories live on when the key changes.
 * Decoding throws for a payload that no key opens or that was altered.
 */
export function createPayloadCodec(keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  const { Payload: Message } = proto.temporal.api.common.v1;
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(keys[0], Message.encode(payload).finish())),
    decode: async (payloads) =>
      payloads.map((payload) =>
        textOf(payload.metadata?.encoding) === encoding ? Message.decode(decrypt(keys, payload)) : payload,
      ),
  };
}

function encrypt({ id, key }: PayloadKey, plain: Uint8Array): Payload {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: Buffer.from(encoding), "encryption-key-id": Buffer.from(id) }, data };
}

function decrypt(keys: readonly PayloadKey[], { metadata, data }: Payload): Uint8Array {
  const id = textOf(metadata?.["encryption-key-id"]);
  const key = keys.find((candidate) => candidate.id === id)?.key;
  if (key === undefined || data == null)
    throw new Error(
      `no payload key ${id} is configured: SEATRIAL_TEMPORAL_PAYLOAD_KEY needs it beside the new one`,
    );
  const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, ivBytes));
  decipher.setAuthTag(data.subarray(data.length - tagBytes));
  return Buffer.concat([decipher.update(data.subarray(ivBytes, data.length - tagBytes)), decipher.final()]);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes == null ? "" : Buffer.from(bytes).toString();
}
