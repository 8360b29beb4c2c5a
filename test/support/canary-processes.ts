import { readdirSync, readFileSync } from "node:fs";
import type { Place } from "./canary-marker.ts";

export type ProcessWatch = {
  /** Arguments and environments of all processes seen so far, each once. */
  places: () => Place[];
  stop: () => void;
};

const everyMilliseconds = 25;

/** Looks at these processes and all that they start, again and again: their arguments and environments. */
export function watchProcesses(roots: () => readonly (number | null | undefined)[]): ProcessWatch {
  const seen = new Set<string>();
  const look = () => {
    const parents = readParents();
    const wanted = new Set(roots());
    for (const pid of parents.keys()) {
      if (!descends(pid, parents, wanted)) continue;
      for (const what of ["cmdline", "environ"]) {
        const text = readQuietly(`/proc/${pid}/${what}`);
        if (text) seen.add(`${what} ${text.replaceAll("\0", " ")}`);
      }
    }
  };
  const timer = setInterval(look, everyMilliseconds);
  return {
    places: () => [...seen].map((text) => ({ name: `process ${text}`, bytes: Buffer.from(text) })),
    stop: () => clearInterval(timer),
  };
}

function readParents(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The name before it may hold anything, brackets too.
    const [, parent] = /.*\) \S (\d+) /s.exec(readQuietly(`/proc/${name}/stat`)) ?? [];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}

function descends(pid: number, parents: Map<number, number>, wanted: ReadonlySet<unknown>): boolean {
  for (let one = pid; one > 1; one = parents.get(one) ?? 0) if (wanted.has(one)) return true;
  return false;
}

/** Empty for a process that has ended. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
