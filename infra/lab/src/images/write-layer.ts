import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { writeFileWhole } from "../base/write-file.ts";
import type { ImageEntry } from "./image-spec.ts";

export type Layer = {
  readonly file: string;
  readonly digest: string;
  readonly size: number;
  readonly isCompressed: boolean;
};

/** Bump when the same entries become other bytes. */
const formatVersion = "layer-1";
const fixedTime = new Date(0);

/**
 * Writes entries as an uncompressed tar with fixed times, owners and order, so that the same content has the same
 * digest everywhere. A layer that the cache has is not written again.
 */
export async function writeLayer(cacheFolder: string, entries: readonly ImageEntry[]): Promise<Layer> {
  const ordered = orderEntries(entries);
  const key = await hashEntries(ordered);
  const file = join(cacheFolder, "layers", `${key}.tar`);
  const noteFile = join(cacheFolder, "layers", `${key}.json`);
  const known = await readFile(noteFile, "utf8").catch(() => undefined);
  if (known) return { ...(JSON.parse(known) as Omit<Layer, "file">), file };
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  const tar = pack();
  const writing = pipeline(tar, createWriteStream(temporary));
  for (const entry of ordered) await addEntry(tar, entry);
  tar.finalize();
  await writing;
  const digest = `sha256:${await hashFile(temporary)}`;
  const layer = { digest, size: (await stat(temporary)).size, isCompressed: false };
  await rename(temporary, file);
  await writeFileWhole(noteFile, JSON.stringify(layer));
  return { ...layer, file };
}

/** Sorted by path, parents made where none is given, and of two entries with one path the later. */
export function orderEntries(entries: readonly ImageEntry[]): ImageEntry[] {
  const byPath = new Map<string, ImageEntry>();
  for (const entry of entries) {
    for (let parent = dirname(entry.path); parent !== "/" && parent !== "."; parent = dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { kind: "folder", path: parent, mode: 0o755 });
    }
    byPath.set(entry.path, entry);
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function hashEntries(entries: readonly ImageEntry[]): Promise<string> {
  const hash = createHash("sha256").update(formatVersion);
  for (const entry of entries) {
    const content = entry.kind === "file" ? await hashContent(entry.content) : "";
    const detail = entry.kind === "link" ? entry.target : entry.mode;
    hash.update(JSON.stringify([entry.kind, entry.path, detail, content]));
  }
  return hash.digest("hex");
}

async function hashContent(content: { source: string } | { text: string }): Promise<string> {
  return "text" in content
    ? createHash("sha256").update(content.text).digest("hex")
    : hashFile(content.source);
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest("hex");
}

async function addEntry(tar: Pack, entry: ImageEntry): Promise<void> {
  const name = entry.path.slice(1);
  const common = { mtime: fixedTime, uid: 0, gid: 0, uname: "", gname: "" };
  if (entry.kind === "folder")
    return put(tar, { ...common, name: `${name}/`, type: "directory", mode: entry.mode });
  if (entry.kind === "link") {
    return put(tar, { ...common, name, type: "symlink", linkname: entry.target, mode: 0o777 });
  }
  const header = { ...common, name, type: "file" as const, mode: entry.mode };
  if ("text" in entry.content) return put(tar, header, entry.content.text);
  const { size } = await stat(entry.content.source);
  const target = tar.entry({ ...header, size });
  await pipeline(createReadStream(entry.content.source), target);
}

async function put(tar: Pack, header: Parameters<Pack["entry"]>[0], content?: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const done = (error?: Error | null): void => (error ? reject(error) : resolve());
  if (content === undefined) tar.entry(header, done);
  else tar.entry(header, content, done);
  await promise;
}
