import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SeatrialError } from "@seatrial/contracts/errors.ts";

type KeyDeps = { readonly settings: { readonly stateKey: Uint8Array | null } };

/** First part of a wrapped key: how it was wrapped. */
const version = "v1";
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/**
 * A new data key for an environment's state, as it is stored: wrapped by the hub's key with AES-256-GCM and bound to
 * the environment, so that it opens for no other. Throws `unavailable` when the hub was started without a key.
 */
export function newStateKey(deps: KeyDeps, environmentId: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", hubKey(deps), nonce);
  cipher.setAAD(boundTo(environmentId));
  const sealed = Buffer.concat([cipher.update(randomBytes(keyBytes)), cipher.final()]);
  return `${version}.${Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url")}`;
}

/**
 * The data key (32 bytes) of an environment. Throws `unavailable` without a hub key, and `state_unreadable` when it was
 * wrapped by another hub key, for another environment, or altered.
 */
export function openStateKey(deps: KeyDeps, environmentId: string, wrapped: string): Uint8Array {
  const key = hubKey(deps);
  const [how, text = ""] = wrapped.split(".");
  const bytes = Buffer.from(text, "base64url");
  if (how !== version || bytes.length !== nonceBytes + keyBytes + tagBytes) throw unreadable(environmentId);
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes));
  decipher.setAAD(boundTo(environmentId));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const sealed = bytes.subarray(nonceBytes, -tagBytes);
    return new Uint8Array(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    throw unreadable(environmentId);
  }
}

/** Why the data key of an environment cannot be had, for people; null: it can. */
export function whyKeyIsShut(deps: KeyDeps, environmentId: string, wrapped: string | null): string | null {
  if (wrapped === null) return "the environment has no state key any more";
  try {
    openStateKey(deps, environmentId, wrapped);
    return null;
  } catch (error) {
    if (error instanceof SeatrialError) return error.message;
    throw error;
  }
}

const boundTo = (environmentId: string) => Buffer.from(`seatrial state key ${version} ${environmentId}`);

/** Why there is no environment without a hub key, and what to do about it. */
export const noStateKey =
  "The hub has no key for the states of environments: start it with SEATRIAL_STATE_KEY or SEATRIAL_STATE_KEY_FILE (32 random bytes as base64, the same for all replicas).";

function hubKey({ settings }: KeyDeps): Uint8Array {
  if (settings.stateKey !== null) return settings.stateKey;
  throw new SeatrialError("unavailable", noStateKey);
}

function unreadable(environmentId: string): SeatrialError {
  return new SeatrialError(
    "state_unreadable",
    `The hub's key does not open the state key of environment "${environmentId}": start the hub with the SEATRIAL_STATE_KEY that it was made with.`,
  );
}
