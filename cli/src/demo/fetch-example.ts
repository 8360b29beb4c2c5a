import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const example = join(import.meta.dirname, "../../../examples/more-itertools");

/**
 * Puts the source distribution of more-itertools (pinned by digest) and its `seatrial.yaml` into a fresh folder
 * `<parent>/more-itertools`. Needs python3 with pip and the package index; an error names the command that failed.
 */
export async function fetchExample(parent: string): Promise<string> {
  const download = join(parent, "download");
  const folder = join(parent, "more-itertools");
  await rm(download, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(download, { recursive: true });
  const requirements = join(example, "requirements.txt");
  const options = ["--no-deps", "--no-binary", ":all:", "--quiet", "--require-hashes"];
  await run("python3", ["-m", "pip", "download", ...options, "-r", requirements, "-d", download]).catch(
    (cause: unknown) => {
      throw new Error("the example's source could not be fetched: is python3 with pip installed?", { cause });
    },
  );
  const archive = (await readdir(download)).find((name) => name.endsWith(".tar.gz"));
  if (archive === undefined) throw new Error(`pip downloaded no source distribution into ${download}`);
  await run("tar", ["xzf", join(download, archive), "-C", download]);
  await rename(join(download, archive.replace(/\.tar\.gz$/, "")), folder);
  await copyFile(join(example, "seatrial.yaml"), join(folder, "seatrial.yaml"));
  await rm(download, { recursive: true, force: true });
  return folder;
}
