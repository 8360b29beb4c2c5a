import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { assertBlobKey } from "./blob-key.ts";
import type { BlobStore } from "./blob-store.ts";
import { measureContent } from "./measure-content.ts";

/** Blobs as files in a folder. A blob appears by a rename, so a reader sees all of it or nothing. */
export function createFolderBlobStore(folder: string): BlobStore {
  // Not a valid key, so never listed and never in the way.
  const incoming = join(folder, ".incoming");
  const pathOf = (key: string): string => {
    assertBlobKey(key);
    return join(folder, key);
  };
  return {
    async put(key, content, options = {}) {
      const path = pathOf(key);
      const temporary = join(incoming, randomUUID());
      await Promise.all([mkdir(incoming, { recursive: true }), mkdir(dirname(path), { recursive: true })]);
      const measured = measureContent(content, options.maxBytes);
      try {
        await writeDurably(temporary, measured.chunks());
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      return measured.result();
    },
    async get(key, range) {
      const path = pathOf(key);
      const size = await fileSize(path);
      if (size === undefined) return undefined;
      return readPart(path, size, range?.offset ?? 0, range?.length);
    },
    async head(key) {
      const bytes = await fileSize(pathOf(key));
      return bytes === undefined ? undefined : { bytes };
    },
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    list: (prefix) => listFiles(folder, prefix),
    async move(from, to) {
      const target = pathOf(to);
      await mkdir(dirname(target), { recursive: true });
      await rename(pathOf(from), target);
    },
  };
}

async function writeDurably(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, "wx");
  for await (const chunk of chunks) await file.writeFile(chunk);
  await file.datasync();
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function readPart(path: string, size: number, offset: number, length: number | undefined) {
  const end = length === undefined ? size : Math.min(size, offset + length);
  const source = offset >= end ? Readable.from([]) : createReadStream(path, { start: offset, end: end - 1 });
  return Readable.toWeb(source) as ReadableStream<Uint8Array>;
}

async function* listFiles(folder: string, prefix: string): AsyncGenerator<string> {
  const parent = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  let names: string[];
  try {
    const entries = await readdir(join(folder, parent), { recursive: true, withFileTypes: true });
    names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length));
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  yield* names.filter((name) => name.startsWith(prefix) && !name.startsWith(".incoming/")).sort();
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
