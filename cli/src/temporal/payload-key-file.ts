import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { readPayloadKeys } from "@seatrial/workflows/temporal/payload-codec.ts";

type PayloadKeys = ReturnType<typeof readPayloadKeys>;

/** The key by which Temporal's state is encrypted: kept in a file that only its owner reads, made when there is none. */
export async function keepPayloadKey(file: string): Promise<PayloadKeys> {
  const made = `${randomBytes(32).toString("base64")}\n`;
  await writeFile(file, made, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readPayloadKeys((await readFile(file, "utf8")).trim(), file);
}
