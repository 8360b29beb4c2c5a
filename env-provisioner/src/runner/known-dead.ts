import type { RunnerStart } from "../operations/runner-messages.ts";

/**
 * Says of a Lease's holder whether its process has surely ended. That of an earlier life of this provisioner has. Of this
 * life, only the holder that was there at the first look and was not alive when this runner was started: whoever takes
 * the Lease later may be alive, and so may the parent itself, which tidies.
 */
export function knownDead({
  holder: own,
  ownHolders: { prefix, alive },
}: Pick<RunnerStart, "holder" | "ownHolders">): (holder: string) => boolean {
  const thisLife = own.slice(0, own.lastIndexOf("/") + 1);
  let first: string | null = null;
  return (holder) => {
    first ??= holder;
    if (!holder.startsWith(prefix) || alive.includes(holder)) return false;
    if (!holder.startsWith(thisLife)) return true;
    return holder === first && !holder.startsWith(`${thisLife}tidy`);
  };
}
