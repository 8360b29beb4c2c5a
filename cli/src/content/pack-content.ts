import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, type Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { isOddName, pointsOutside } from "@seatrial/contracts/contents/packable.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { type Pack, pack } from "tar-stream";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";

export type PackedContent = {
  sha256: string;
  bytes: number;
  files: number;
  /** Links that point out of the folder, sockets and the like: not packed, with the reason. */
  skipped: { path: string; reason: string }[];
};

/**
 * Packs files of a folder as a gzipped tar, written to `archiveFile`. The same files give the same bytes: entries in
 * the given order, no owners, no times, modes 0644 or 0755. Throws CliError when a limit for contents is passed.
 */
export async function packContent(
  folder: string,
  files: readonly string[],
  archiveFile: string,
): Promise<PackedContent> {
  if (files.length > limits.contentEntries)
    throw tooMuch(`${files.length} files`, `${limits.contentEntries} files`);
  const tar = pack();
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      const isTooLarge = bytes > limits.contentArchiveBytes;
      done(
        isTooLarge ? tooMuch("the packed files", `${limits.contentArchiveBytes / 1_048_576} MiB`) : null,
        chunk,
      );
    },
  });
  const written = pipeline(
    tar,
    createGzip({ level: 6 }),
    measure,
    createWriteStream(archiveFile, { mode: 0o600 }),
  );
  const skipped: PackedContent["skipped"] = [];
  const filled = fill(tar, folder, files, skipped).catch((error: Error) => tar.destroy(error));
  const [packed] = await Promise.all([filled, written]);
  return { sha256: hash.digest("hex"), bytes, files: typeof packed === "number" ? packed : 0, skipped };
}

async function fill(
  tar: Pack,
  folder: string,
  files: readonly string[],
  skipped: PackedContent["skipped"],
): Promise<number> {
  let packed = 0;
  let unpackedBytes = 0;
  for (const path of files) {
    const stats = await lstat(join(folder, path)).catch(() => null);
    // Tracked, but deleted in the working tree: the content is what is there.
    if (stats === null) continue;
    const reason = await add(tar, folder, path, stats);
    if (reason !== null) {
      skipped.push({ path, reason });
      continue;
    }
    packed += 1;
    unpackedBytes += stats.size;
    if (unpackedBytes > limits.contentUnpackedBytes)
      throw tooMuch("the files", `${limits.contentUnpackedBytes / 1_048_576} MiB`);
  }
  tar.finalize();
  return packed;
}

const fixedTime = new Date(0);

function add(tar: Pack, folder: string, path: string, stats: Stats): Promise<string | null> | string {
  if (isOddName(path)) return "a name with a backslash or a control character";
  return stats.isSymbolicLink() ? addLink(tar, folder, path) : addFile(tar, folder, path, stats);
}

async function addFile(tar: Pack, folder: string, path: string, stats: Stats): Promise<string | null> {
  if (!stats.isFile()) return "not a file";
  const mode = stats.mode & 0o100 ? 0o755 : 0o644;
  const header = { name: path, size: stats.size, mode, mtime: fixedTime, type: "file" as const };
  if (stats.size === 0) {
    tar.entry(header, "");
    return null;
  }
  try {
    await pipeline(createReadStream(join(folder, path), { end: stats.size - 1 }), tar.entry(header));
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${path} cannot be packed: ${why}`, { fix: "if it changed just now, run this again" });
  }
}

async function addLink(tar: Pack, folder: string, path: string): Promise<string | null> {
  const target = await readlink(join(folder, path));
  if (pointsOutside(path, target)) return "a link that points outside";
  tar.entry({ name: path, linkname: target, mode: 0o777, mtime: fixedTime, type: "symlink" });
  return null;
}

function tooMuch(what: string, most: string): CliError {
  return new CliError(`${what} are too much for one content: at most ${most}`, {
    fix: "let .gitignore leave out what the tests do not need, or put seatrial.yaml into the folder with the tests",
    exitCode: exitCodes.usage,
  });
}
