import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CliError } from "../cli-error.ts";

export type DevFolder = {
  /** The same at every start, so that logins last. */
  adminToken: string;
  tokenFile: string;
  /** Lets the next `seatrial dev` use the folder. */
  release: () => Promise<void>;
};

/**
 * Takes a folder for one `seatrial dev`. Two processes on one database folder would destroy it, so a second one gets
 * a CliError. What is in the folder never gets into git.
 */
export async function takeDevFolder(folder: string): Promise<DevFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined);
  const lock = join(folder, "process");
  await takeLock(lock);
  const tokenFile = join(folder, "admin-token");
  return {
    adminToken: await keepToken(tokenFile),
    tokenFile,
    release: () => rm(lock, { force: true }),
  };
}

async function takeLock(lock: string): Promise<void> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(lock, `${process.pid}\n`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const pid = Number(await readFile(lock, "utf8").catch(() => ""));
    if (pid > 0 && isAlive(pid))
      throw new CliError(`seatrial dev already runs on this folder (process ${pid})`, {
        fix: `stop it, or choose another --folder and --port (if that process is something else, delete ${lock})`,
      });
    await rm(lock, { force: true });
  }
  throw new CliError(`${lock} cannot be taken`, { fix: "try again" });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function keepToken(file: string): Promise<string> {
  const kept = (await readFile(file, "utf8").catch(() => "")).trim();
  if (kept.length >= 32) return kept;
  const token = `sta_${randomBytes(24).toString("base64url")}`;
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
