import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { Commit, RepositoryState } from "./state.ts";

/**
 * A commit as GitHub packs it: gzip, a global header that holds the sha, folders before their files, everything below
 * one folder `owner-name-sha`.
 */
export async function tarballOf(
  repository: RepositoryState,
  commit: Commit,
): Promise<Uint8Array<ArrayBuffer>> {
  const top = `${repository.owner}-${repository.name}-${commit.sha.slice(0, 7)}`;
  const tar = pack();
  const mtime = commit.at;
  for (const folder of foldersOf(Object.keys(commit.files)))
    tar.entry({ name: `${top}/${folder}`, type: "directory", mode: 0o775, mtime });
  for (const [path, file] of Object.entries(commit.files)) {
    const name = `${top}/${path}`;
    if (typeof file === "string") tar.entry({ name, mode: 0o664, mtime }, file);
    else if ("link" in file) tar.entry({ name, type: "symlink", linkname: file.link, mode: 0o777, mtime });
    else tar.entry({ name, mode: 0o775, mtime }, file.text);
  }
  tar.finalize();
  const entries = await buffer(tar as unknown as AsyncIterable<Uint8Array>);
  return new Uint8Array(gzipSync(Buffer.concat([globalHeader(commit.sha), entries])));
}

function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set([""]);
  for (const path of paths)
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1))
      folders.add(path.slice(0, end + 1));
  return [...folders].sort();
}

/** `git archive` writes the commit's sha as a comment into a pax global header, which readers must pass over. */
function globalHeader(sha: string): Buffer {
  const record = `52 comment=${sha}\n`;
  const header = Buffer.alloc(512);
  header.write("pax_global_header", 0);
  header.write("0000666\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${record.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("g", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(512);
  body.write(record);
  return Buffer.concat([header, body]);
}
