import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
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
      await removeDead(file, holder.text, mine);
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

/**
 * Removes a lock whose holder is dead. Many may see the same dead holder, and one of them may already hold the lock
 * anew: so the removal has a lock of its own, under which the content is read again. Only who holds that may remove,
 * and only what was seen. Its holder may die too; then it is removed in the same way.
 */
async function removeDead(file: string, seen: string, mine: string): Promise<void> {
  const guard = `${file}.takeover`;
  if (await tryTake(guard, mine)) {
    try {
      if ((await readHolder(file))?.text === seen) await rm(file);
    } finally {
      await rm(guard);
    }
    return;
  }
  const holder = await readHolder(guard);
  if (holder !== undefined && !(await isAlive(holder.identity))) await removeDead(guard, holder.text, mine);
  else await wait(1);
}
