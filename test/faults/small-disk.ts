import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, tryCommand } from "@seatrial/lab/base/run-command.ts";

/** A file system in memory with a size limit: real `ENOSPC` when it is full. */
export type SmallDisk = {
  /** What tells an agent to use it for its spool. */
  env: Record<string, string>;
  /** Takes all the room that is left. */
  fill: () => Promise<void>;
  /** Gives it back. */
  free: () => Promise<void>;
  close: () => Promise<void>;
};

const sizeBytes = 4 * 1_048_576;

export async function makeSpool(folder: string): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await runCommand("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=0700`, "tmpfs", folder]);
  const filler = join(folder, "filler");
  return {
    env: { SEATRIAL_SPOOL_FOLDER: join(folder, "spool"), SEATRIAL_SPOOL_MIB: "2" },
    async fill() {
      const { bavail, bsize } = await statfs(folder);
      // The last page may be taken by somebody else meanwhile: full is full.
      await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);
    },
    free: () => rm(filler, { force: true }),
    async close() {
      await tryCommand("umount", ["--lazy", folder]);
    },
  };
}
