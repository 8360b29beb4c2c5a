import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { OperationError } from "../operation-error.ts";

const magic = Buffer.from("STST");
const version = 1;
const headerBytes = magic.length + 1;
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
/** A state is some hundred objects: a compressed one that unpacks to more is not ours. */
const maxStateBytes = 256 * 1024 * 1024;

/** The environment's key, and the environment the state belongs to. */
export type StateSeal = { key: Uint8Array; environmentId: string };

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * A state as it may be stored: `STST`, a version byte, a nonce, the tag, and the gzipped state under AES-256-GCM. The
 * header and the environment's id are authenticated with it, so that no state opens as another environment's.
 */
export async function sealState(state: Uint8Array, seal: StateSeal): Promise<Uint8Array> {
  const nonce = randomBytes(nonceBytes);
  const header = Buffer.concat([magic, Buffer.of(version)]);
  const cipher = createCipheriv("aes-256-gcm", checkedKey(seal), nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(header, seal));
  const body = Buffer.concat([cipher.update(await compress(state)), cipher.final()]);
  return Buffer.concat([header, nonce, cipher.getAuthTag(), body]);
}

/** The state in clear. Throws `state_unreadable` for a wrong key, another environment's state or changed bytes. */
export async function openState(sealed: Uint8Array, seal: StateSeal): Promise<Uint8Array> {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const header = bytes.subarray(0, headerBytes);
  if (bytes.length < headerBytes + nonceBytes + tagBytes || !header.subarray(0, magic.length).equals(magic))
    throw unreadable(seal, "it has no header of a stored state");
  if (header[magic.length] !== version)
    throw unreadable(seal, `its version is ${header[magic.length]}, this program knows ${version}`);
  const nonce = bytes.subarray(headerBytes, headerBytes + nonceBytes);
  const tag = bytes.subarray(headerBytes + nonceBytes, headerBytes + nonceBytes + tagBytes);
  const body = bytes.subarray(headerBytes + nonceBytes + tagBytes);
  const decipher = createDecipheriv("aes-256-gcm", checkedKey(seal), nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(header, seal));
  decipher.setAuthTag(tag);
  try {
    const packed = Buffer.concat([decipher.update(body), decipher.final()]);
    return await decompress(packed, { maxOutputLength: maxStateBytes });
  } catch (error) {
    throw unreadable(seal, "it is another environment's, its key is another, or its bytes changed", error);
  }
}

function associated(header: Uint8Array, seal: StateSeal): Buffer {
  return Buffer.concat([header, Buffer.from(seal.environmentId)]);
}

function checkedKey(seal: StateSeal): Uint8Array {
  if (seal.key.length === keyBytes) return seal.key;
  throw unreadable(seal, `its key has ${seal.key.length} bytes instead of ${keyBytes}`);
}

function unreadable(seal: StateSeal, why: string, cause?: unknown): OperationError {
  const options = cause === undefined ? {} : { cause };
  return new OperationError(
    "state_unreadable",
    `The state of environment ${seal.environmentId} cannot be opened: ${why}`,
    null,
    options,
  );
}
