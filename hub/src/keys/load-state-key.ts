import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const keyBytes = 32;

export type StateKeySource = {
  /** Base64 text, as configured; it wins. */
  readonly configured?: string | undefined;
  /** Where a hub of one process keeps its own, made at its first start with mode 0600; undefined: nowhere. */
  readonly ownFile?: string | undefined;
};

/**
 * The hub's key that wraps each environment's own key. Null when none is configured and there is no own file: several
 * replicas must share one key, so none of them may make one up, and environments are refused until somebody sets it.
 * Throws when the text is not 32 bytes.
 */
export async function loadStateKey(source: StateKeySource): Promise<Uint8Array | null> {
  if (source.configured !== undefined) return parseStateKey(source.configured, "SEATRIAL_STATE_KEY");
  if (source.ownFile === undefined) return null;
  await mkdir(dirname(source.ownFile), { recursive: true });
  await writeOnce(source.ownFile, `${randomBytes(keyBytes).toString("base64")}\n`);
  return parseStateKey(await readFile(source.ownFile, "utf8"), source.ownFile);
}

/** Whoever loses the race, and every later start, reads the first one; a link appears with all of its text. */
async function writeOnce(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, text, { mode: 0o600, flag: "wx", flush: true });
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary);
  }
}

function parseStateKey(text: string, from: string): Uint8Array {
  const bytes = Buffer.from(text.trim(), "base64");
  if (bytes.length !== keyBytes)
    throw new Error(
      `${from} holds ${bytes.length} bytes: it must be ${keyBytes} random bytes as base64, such as 'openssl rand -base64 32' prints.`,
    );
  return new Uint8Array(bytes);
}
