import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isAlive, type ProcessIdentity, readOwnIdentity } from "./process-identity.ts";

export type LockOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told once, when somebody else holds the lock. */
  readonly onWait?: (holderPid: number) => void;
  readonly pollMilliseconds?: number;
};

/**
 * Runs `work` while this process alone holds the lock file. Waits for a living holder; takes over from a dead one.
 * The file holds the holder's process number and start time.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = `${JSON.stringify({ ...(await readOwnIdentity()), token: randomUUID() })}\n`;
  let told = false;
  while (!(await tryTake(file, mine))) {
    options.signal?.throwIfAborted();
    const holder = await readHolder(file);
    if (holder === undefined) continue;
    if (!(await isAlive(holder.identity))) {
      await removeDead(file, holder.text);
      continue;
    }
    if (!told) options.onWait?.(holder.identity.pid);
    told = true;
    await wait(options.pollMilliseconds ?? 300, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** A hard link appears with its content or not at all, so nobody ever reads half a lock. */
async function tryTake(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readHolder(file: string): Promise<{ text: string; identity: ProcessIdentity } | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as ProcessIdentity;
    return { text, identity: { pid: Number(value.pid), startedAt: String(value.startedAt) } };
  } catch {
    // Nobody of ours wrote this: no living process can be its holder.
    return { text, identity: { pid: -1, startedAt: "" } };
  }
}

/** Two may see the same dead holder: who renames first removes it, the other puts back what it took by mistake. */
async function removeDead(file: string, seen: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await readFile(aside, "utf8");
  if (taken !== seen) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
