import type { Commit, FileSpec, State } from "./state.ts";

export type DiffEntry = {
  filename: string;
  status: "added" | "removed" | "modified" | "renamed";
  previous_filename?: string;
  additions: number;
  deletions: number;
  patch?: string;
};

/** What a pull request changes: its head against the commit that base and head have in common. */
export function diffOf(state: State, baseSha: string, headSha: string): DiffEntry[] {
  const head = state.commits.get(headSha);
  const common = commonAncestor(state, baseSha, headSha);
  const before = common?.files ?? {};
  const after = head?.files ?? {};
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const isSame = (old: FileSpec | undefined, now: FileSpec | undefined) =>
    JSON.stringify(old) === JSON.stringify(now);
  const gone = new Set(paths.filter((path) => after[path] === undefined));
  const entries: DiffEntry[] = [];
  for (const filename of paths) {
    const [old, now] = [before[filename], after[filename]];
    if (isSame(old, now) || now === undefined) continue;
    const from = old === undefined ? [...gone].find((path) => isSame(before[path], now)) : undefined;
    if (from === undefined) entries.push(entryOf(filename, old, now));
    else entries.push({ filename, status: "renamed", previous_filename: from, additions: 0, deletions: 0 });
    if (from !== undefined) gone.delete(from);
  }
  for (const path of gone) entries.push(entryOf(path, before[path], undefined));
  return entries.sort((one, other) => (one.filename < other.filename ? -1 : 1));
}

function commonAncestor(state: State, one: string, other: string): Commit | undefined {
  const ancestors = new Set<string>();
  for (let sha: string | null = one; sha !== null; sha = state.commits.get(sha)?.parent ?? null)
    ancestors.add(sha);
  for (let sha: string | null = other; sha !== null; sha = state.commits.get(sha)?.parent ?? null)
    if (ancestors.has(sha)) return state.commits.get(sha);
  return undefined;
}

function textOf(file: FileSpec | undefined): string {
  if (file === undefined) return "";
  if (typeof file === "string") return file;
  return "link" in file ? file.link : file.text;
}

/** One hunk from the first line that differs to the last one, with three lines around it as git has. */
function entryOf(filename: string, old: FileSpec | undefined, now: FileSpec | undefined): DiffEntry {
  const lines = (file: FileSpec | undefined) =>
    textOf(file) === "" ? [] : textOf(file).replace(/\n$/, "").split("\n");
  const [before, after] = [lines(old), lines(now)];
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  const from = Math.max(0, start - 3);
  const ahead = after.slice(from, start).map((line) => ` ${line}`);
  const behind = after.slice(after.length - end, after.length - end + 3).map((line) => ` ${line}`);
  const around = ahead.length + behind.length;
  const at = (size: number) => `${size === 0 ? 0 : from + 1},${size}`;
  const patch = [
    `@@ -${at(around + removed.length)} +${at(around + added.length)} @@`,
    ...ahead,
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...behind,
  ].join("\n");
  const status = old === undefined ? "added" : now === undefined ? "removed" : "modified";
  return { filename, status, additions: added.length, deletions: removed.length, patch };
}
