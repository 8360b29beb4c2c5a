import { createWriteStream } from "node:fs";
import { copyFile, lstat, mkdir, symlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { limits } from "@seatrial/contracts/limits.ts";
import { extract } from "tar-stream";
import { OperationError } from "../operation-error.ts";

type EntryBytes = AsyncIterable<unknown> & { resume: () => unknown };
type Entry = { name: string; type?: string | null; linkname?: string | null; mode?: number };
export type UnpackLimits = { entries: number; unpackedBytes: number };

/**
 * Unpacks a content (gzip tar) into an empty folder. The hub checked it when it was uploaded; this checks it again and
 * throws `OperationError` (`template_invalid`) for names and links that leave the folder, devices, or more than the
 * limits. Files keep only their executable bit. Links are made last, so that nothing is ever written through one.
 */
export async function unpackContent(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  bounds: UnpackLimits = { entries: limits.contentEntries, unpackedBytes: limits.contentUnpackedBytes },
): Promise<void> {
  const links: { path: string; target: string }[] = [];
  const tar = extract();
  const unpacked = (async () => {
    let entries = 0;
    for await (const entry of tar) {
      entries += 1;
      if (entries > bounds.entries) throw unsafe(`has more than ${bounds.entries} entries`);
      await place(entry.header as Entry, entry, folder, links);
    }
  })();
  try {
    await Promise.all([
      pipeline(Readable.from(archive), createGunzip(), countBytes(bounds.unpackedBytes), tar),
      unpacked,
    ]);
    for (const link of links) await placeLink(link, folder);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    // Its own words may name our folders; the code says enough.
    const code = error instanceof Error && "code" in error ? String(error.code) : "damaged";
    throw new OperationError(
      "template_invalid",
      `the content cannot be unpacked (${code}): upload it again`,
      null,
      {
        cause: error,
      },
    );
  }
}

async function place(
  { name, type, linkname, mode }: Entry,
  bytes: EntryBytes,
  folder: string,
  links: { path: string; target: string }[],
): Promise<void> {
  const path = join(folder, checkName(name));
  const target = linkname ?? "";
  if (type === "symlink") {
    checkLink(name, target);
    links.push({ path, target });
  } else if (type === "directory") await mkdir(path, { recursive: true });
  else if (type === "link") await copyHardLink(name, join(folder, checkName(target)), path);
  else if (type === "file" || type === "contiguous-file") {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(
      bytes as AsyncIterable<Uint8Array>,
      createWriteStream(path, { mode: (mode ?? 0) & 0o100 ? 0o755 : 0o644 }),
    );
    return;
  } else throw unsafe(`holds ${quote(name)}, which is neither file, folder nor link`);
  bytes.resume();
}

/**
 * A link's '..' were counted from its name. Below another link it would stand elsewhere, and lead out: no link is made
 * there, so that each that is made stays inside by itself, and together they do.
 */
async function placeLink({ path, target }: { path: string; target: string }, folder: string): Promise<void> {
  const parent = dirname(path);
  const name = relative(folder, path);
  let at = folder;
  for (const part of relative(folder, parent).split(sep)) {
    at = join(at, part);
    const isLink = await lstat(at).then(
      (stats) => stats.isSymbolicLink(),
      () => false,
    );
    if (isLink) throw unsafe(`holds ${quote(name)}, which stands below a link`);
  }
  await mkdir(parent, { recursive: true });
  await symlink(target, path);
}

/** A second name for an earlier file becomes a file of its own. */
async function copyHardLink(name: string, from: string, path: string): Promise<void> {
  const isFile = await lstat(from).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) throw unsafe(`links ${quote(name)} to something that is no file of it`);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(from, path);
}

function checkName(name: string): string {
  const parts = name.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const isStrange = name.length > 1_000 || /[\u0000-\u001f\u007f\\]/.test(name);
  if (name === "" || name.startsWith("/") || parts.includes("..") || isStrange)
    throw unsafe(`names ${quote(name)}, which leaves it`);
  return name;
}

/** '..' may only lead, and not out: behind a name that is itself a link it would count from elsewhere. */
function checkLink(name: string, target: string): void {
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const leading = parts.findIndex((part) => part !== "..");
  const up = leading === -1 ? parts.length : leading;
  const depth = name.split("/").filter((part) => part !== "" && part !== ".").length - 1;
  const leaves = target === "" || target.startsWith("/") || up > depth || parts.slice(up).includes("..");
  if (leaves) throw unsafe(`links ${quote(name)} to a place outside`);
}

function countBytes(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      bytes += chunk.byteLength;
      if (bytes <= most) next(null, chunk);
      else next(unsafe(`unpacks to more than ${most} bytes`));
    },
  });
}

function unsafe(problem: string): OperationError {
  return new OperationError("template_invalid", `the content ${problem}`);
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 200));
}
