import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ImageEntry } from "./image-spec.ts";

export function folder(path: string, mode = 0o755): ImageEntry {
  return { kind: "folder", path, mode };
}

export function link(path: string, target: string): ImageEntry {
  return { kind: "link", path, target };
}

export function textFile(path: string, text: string, mode = 0o644): ImageEntry {
  return { kind: "file", path, mode, content: { text } };
}

export function copyFile(source: string, path: string, mode: number): ImageEntry {
  return { kind: "file", path, mode, content: { source } };
}

/**
 * A whole folder of the machine under another path. Modes become 0755 for folders and programs, 0644 for the rest,
 * so that the caller's umask does not change the image. `isWanted` sees paths relative to the folder.
 */
export async function copyFolder(
  source: string,
  path: string,
  isWanted: (relativePath: string) => boolean = () => true,
): Promise<ImageEntry[]> {
  const entries: ImageEntry[] = [folder(path)];
  const walk = async (relativeFolder: string): Promise<void> => {
    for (const name of (await readdir(join(source, relativeFolder))).sort()) {
      const relativePath = join(relativeFolder, name);
      if (!isWanted(relativePath)) continue;
      const from = join(source, relativePath);
      const to = join(path, relativePath);
      const status = await lstat(from);
      if (status.isSymbolicLink()) entries.push(...(await copyLink(from, to)));
      else if (status.isDirectory()) {
        entries.push(folder(to));
        await walk(relativePath);
      } else if (status.isFile()) entries.push(copyFile(from, to, status.mode & 0o111 ? 0o755 : 0o644));
    }
  };
  await walk("");
  return entries;
}

/** A relative link stays one; an absolute one would point out of the image, so its content is copied. */
async function copyLink(from: string, to: string): Promise<ImageEntry[]> {
  const target = await readlink(from);
  if (!target.startsWith("/")) return [link(to, target)];
  const status = await stat(from).catch(() => undefined);
  return status?.isFile() ? [copyFile(from, to, status.mode & 0o111 ? 0o755 : 0o644)] : [];
}

/** What every image has: a writable /tmp and /work, and names for its user. */
export function baseEntries(): ImageEntry[] {
  return [
    folder("/etc"),
    folder("/tmp", 0o1777),
    folder("/work", 0o1777),
    textFile(
      "/etc/passwd",
      "root:x:0:0:root:/root:/sbin/nologin\nseatrial:x:65532:65532:seatrial:/tmp:/bin/sh\n",
    ),
    textFile("/etc/group", "root:x:0:\nseatrial:x:65532:\n"),
    // Without it glibc asks DNS before /etc/hosts.
    textFile("/etc/nsswitch.conf", "hosts: files dns\n"),
  ];
}
