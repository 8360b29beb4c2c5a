import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { isNeverContent, isOddName, pointsOutside } from "@seatrial/contracts/contents/packable.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { extract, type Header, type Pack, pack } from "tar-stream";

export type RepackedArchive = { sha256: string; bytes: number };

/** The archive can never be a content: too large, or no archive at all. */
export class ArchiveProblem extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = "ArchiveProblem";
  }
}

/** What a content may have at most. */
export type ContentLimits = Record<"contentArchiveBytes" | "contentUnpackedBytes" | "contentEntries", number>;
type ContentHeader = Partial<Header> & { name: string };

const longestName = 1_000;
const fixedTime = new Date(0);

/**
 * Turns a forge's gzipped tar into a content, written to `file`: the top folder is taken off, owners and times are gone,
 * and what a content must not have is left out, such as links that point outside. The same entries give the same bytes.
 * Nothing is kept in memory. Throws ArchiveProblem.
 */
export async function repackArchive(
  archive: ReadableStream<Uint8Array>,
  file: string,
  signal: AbortSignal,
  most: ContentLimits = limits,
): Promise<RepackedArchive> {
  const tar = pack();
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = countBytes(most.contentArchiveBytes, (chunk) => {
    bytes += chunk.byteLength;
    hash.update(chunk);
  });
  const output = createWriteStream(file, { mode: 0o600 });
  const written = pipeline(tar, createGzip({ level: 6 }), measure, output, { signal });
  const filled = refill(archive, tar, signal, most).catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  const results = await Promise.allSettled([filled, written]);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0) throw reasonOf(failures);
  return { sha256: hash.digest("hex"), bytes };
}

async function refill(
  archive: ReadableStream<Uint8Array>,
  tar: Pack,
  signal: AbortSignal,
  most: ContentLimits,
): Promise<void> {
  const entries = extract();
  const unpacked = countBytes(most.contentUnpackedBytes);
  const read = pipeline(Readable.fromWeb(archive as never), createGunzip(), unpacked, entries, { signal });
  // Each ends the other: what came second only says that it was ended.
  const failures: unknown[] = [];
  const note = (error: unknown) => void failures.push(explain(error));
  await Promise.all([copyEntries(entries, tar, most.contentEntries).catch(note), read.catch(note)]);
  if (failures.length > 0) throw reasonOf(failures);
  tar.finalize();
}

/** What can never be a content says so, whatever else broke with it; else the first. */
function reasonOf(failures: readonly unknown[]): unknown {
  return failures.find((each) => each instanceof ArchiveProblem) ?? failures[0];
}

async function copyEntries(entries: ReturnType<typeof extract>, tar: Pack, most: number): Promise<void> {
  let count = 0;
  for await (const entry of entries) {
    const header = toContent(entry.header);
    if (header === null) {
      entry.resume();
      continue;
    }
    count += 1;
    if (count > most) throw new ArchiveProblem(`the commit has more than ${most} files`);
    if (header.type === "symlink" || header.size === 0) {
      entry.resume();
      tar.entry(header, "");
    } else await pipeline(entry, tar.entry(header));
  }
}

/** Null for what is left out. */
function toContent({ name, type, size, mode, linkname }: Header): ContentHeader | null {
  // Folders come with their files.
  if (type !== "file" && type !== "contiguous-file" && type !== "symlink") return null;
  const path = name.split("/").slice(1).join("/");
  const parts = path.split("/");
  if (path === "" || path.length > longestName || isOddName(path)) return null;
  if (parts.some((part) => part === "" || part === "." || part === ".." || isNeverContent(part))) return null;
  if (type !== "symlink") {
    const isProgram = ((mode ?? 0) & 0o100) !== 0;
    return { name: path, size: size ?? 0, mode: isProgram ? 0o755 : 0o644, mtime: fixedTime, type: "file" };
  }
  if (typeof linkname !== "string" || pointsOutside(path, linkname)) return null;
  return { name: path, linkname, mode: 0o777, mtime: fixedTime, type: "symlink" };
}

function countBytes(most: number, see: (chunk: Uint8Array) => void = () => undefined): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      bytes += chunk.byteLength;
      if (bytes > most)
        return next(new ArchiveProblem(`the commit's files have more than ${most / 1_048_576} MiB`));
      see(chunk);
      next(null, chunk);
    },
  });
}

/** A connection that ended early may end better next time; what is whole and no archive will not. */
function explain(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isWrong = code.startsWith("Z_") && code !== "Z_BUF_ERROR";
  return isWrong ? new ArchiveProblem("the forge's archive of the commit is no gzipped tar") : error;
}
