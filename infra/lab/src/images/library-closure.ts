import { LabError } from "../base/lab-error.ts";
import { runCommand, tryCommand } from "../base/run-command.ts";
import { copyFile } from "./entries.ts";
import type { ImageEntry } from "./image-spec.ts";

/**
 * The shared libraries and the loader that dynamic programs need, at the paths where `ldd` finds them on this
 * machine. A static program needs none. Run it only on programs that are trusted: `ldd` may start them.
 * Throws `image_invalid` when a library is missing on this machine.
 */
export async function collectLibraries(programs: readonly string[]): Promise<ImageEntry[]> {
  const paths = new Set<string>();
  for (const program of programs) {
    const { stdout, stderr } = await tryCommand("ldd", [program]);
    if (/not a dynamic executable|statically linked/.test(stdout + stderr)) continue;
    for (const path of parseLdd(program, stdout)) paths.add(path);
  }
  return [...paths].sort().map((path) => copyFile(path, path, 0o755));
}

/** Reads `libx.so => /lib/libx.so (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`; the kernel's vdso has no path. */
export function parseLdd(program: string, output: string): string[] {
  const paths: string[] = [];
  for (const line of output.split("\n")) {
    const missing = /^\s*(\S+) => not found/.exec(line);
    if (missing)
      throw new LabError("image_invalid", `${program} needs ${missing[1]}, which this machine lacks.`);
    const path = /(?:=>\s+)?(\/\S+)\s+\(0x[0-9a-f]+\)/.exec(line)?.[1];
    if (path) paths.push(path);
  }
  return paths;
}

/** Absolute path of a program on PATH. Throws `command_failed` when there is none. */
export async function locateProgram(name: string): Promise<string> {
  return (await runCommand("sh", ["-c", 'command -v -- "$1"', "sh", name])).trim();
}
