import { readdir, readFile } from "node:fs/promises";

/** What the command line of each has in it. */
const marks = { runner: "env-provisioner/src/runner/main.ts", engine: "--exec-kind" } as const;

/** Processes of this machine that run an operation (the provisioner's children) or their engines (`pulumi`). */
export async function findRunners(what: keyof typeof marks): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (command.includes(marks[what])) found.push(Number(entry));
  }
  return found;
}
