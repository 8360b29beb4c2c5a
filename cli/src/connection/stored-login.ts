import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { CliError } from "../cli-error.ts";

const storedLoginSchema = z.object({
  version: z.literal(1),
  hubUrl: z.string(),
  token: z.string(),
  /** The hub's CA in PEM, when the system does not know it. */
  ca: z.string().nullable(),
  project: z.string().nullable(),
});
export type StoredLogin = z.infer<typeof storedLoginSchema>;

/** What `seatrial login` stored; null before the first login. Throws CliError when the file cannot be understood. */
export async function readStoredLogin(file: string): Promise<StoredLogin | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw new CliError(`${file} cannot be read: ${error.message}`);
  });
  if (text === null) return null;
  const parsed = storedLoginSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CliError(`${file} is not what seatrial login stores`, { fix: "delete it and log in again" });
}

/** Stores a login so that only this user can read it. */
export async function writeStoredLogin(file: string, login: Omit<StoredLogin, "version">): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${process.pid}.new`;
  await writeFile(whole, `${JSON.stringify({ version: 1, ...login }, null, 2)}\n`, { mode: 0o600 });
  await rename(whole, file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
