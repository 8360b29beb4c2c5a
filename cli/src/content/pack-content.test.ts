import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listFiles } from "./list-files.ts";
import { packContent } from "./pack-content.ts";
import { readChange } from "./read-change.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-pack-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text = path): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function git(...words: string[]): void {
  const identity = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.com",
    "-c",
    "init.defaultBranch=main",
  ];
  execFileSync("git", [...identity, ...words], { cwd: folder, stdio: "ignore" });
}

type Entry = { name: string; type: string; mode: number; linkname: string | null; text: string };

async function packAll(): Promise<{ packed: Awaited<ReturnType<typeof packContent>>; entries: Entry[] }> {
  const place = await mkdtemp(join(tmpdir(), "seatrial-archive-"));
  try {
    const archive = join(place, "a.tar.gz");
    const packed = await packContent(folder, await listFiles(folder), archive);
    const entries: Entry[] = [];
    for await (const entry of createReadStream(archive).pipe(createGunzip()).pipe(extract())) {
      let text = "";
      for await (const chunk of entry) text += String(chunk);
      const { name, type, mode, linkname } = entry.header;
      entries.push({ name, type: String(type), mode: Number(mode), linkname: linkname ?? null, text });
    }
    return { packed, entries };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

const names = (entries: Entry[]) => entries.map((entry) => entry.name);

test("in git, tracked and untracked files are packed, ignored and deleted ones are not", async () => {
  git("init");
  await write(".gitignore", "*.log\nbuild/\n");
  await write("tracked.txt");
  await write("gone.txt");
  git("add", ".");
  git("commit", "-m", "first");
  await write("untracked näme.txt");
  await write("noise.log");
  await write("build/out.js");
  await rm(join(folder, "gone.txt"));
  expect(names((await packAll()).entries)).toEqual([".gitignore", "tracked.txt", "untracked näme.txt"]);
});

test("only the folder of the file is packed, with paths from there", async () => {
  git("init");
  await write("outside.txt");
  await write("service/inside.txt");
  const whole = folder;
  folder = join(whole, "service");
  expect(names((await packAll()).entries)).toEqual(["inside.txt"]);
  folder = whole;
});

test("a repository inside the repository is packed as files", async () => {
  git("init");
  await write("vendor/lib/code.txt");
  execFileSync("git", ["init"], { cwd: join(folder, "vendor/lib"), stdio: "ignore" });
  expect(names((await packAll()).entries)).toEqual(["vendor/lib/code.txt"]);
});

test("outside git everything is packed but dependencies and what belongs to tools", async () => {
  await write("a.txt");
  await write("node_modules/x/index.js");
  await write("sub/node_modules/y.js");
  await write(".seatrial/dev/token");
  expect(names((await packAll()).entries)).toEqual(["a.txt"]);
});

test("secrets of seatrial dev are never packed, even when git does not ignore them", async () => {
  git("init");
  await write(".seatrial/dev/token");
  await write("a.txt");
  expect(names((await packAll()).entries)).toEqual(["a.txt"]);
});

test("the same files give the same bytes, whenever they were written", async () => {
  await write("b.txt");
  await write("a/c.txt", "");
  const first = await packAll();
  await utimes(join(folder, "b.txt"), new Date(0), new Date(0));
  const second = await packAll();
  expect(second.packed.sha256).toBe(first.packed.sha256);
  await write("b.txt", "other");
  expect((await packAll()).packed.sha256).not.toBe(first.packed.sha256);
});

test("programs stay programs, contents and empty files arrive as they were", async () => {
  await write("run.sh", "#!/bin/sh\n");
  await chmod(join(folder, "run.sh"), 0o700);
  await write("empty", "");
  await write("big.bin", "x".repeat(3_000_000));
  const { entries, packed } = await packAll();
  expect(entries.map(({ name, mode, text }) => [name, mode, text.length])).toEqual([
    ["big.bin", 0o644, 3_000_000],
    ["empty", 0o644, 0],
    ["run.sh", 0o755, 10],
  ]);
  expect(packed.files).toBe(3);
});

test("links inside stay links; those that point outside are left out and said", async () => {
  await write("data/real.txt");
  await symlink("real.txt", join(folder, "data/near"));
  await symlink("../data/real.txt", join(folder, "data/up"));
  await symlink("/etc/passwd", join(folder, "absolute"));
  await symlink("../../etc/passwd", join(folder, "data/out"));
  await symlink("data/../../x", join(folder, "sly"));
  await symlink("data", join(folder, "folder"));
  const { entries, packed } = await packAll();
  const links = entries
    .filter((entry) => entry.type === "symlink")
    .map((entry) => [entry.name, entry.linkname]);
  expect(links).toEqual([
    ["data/near", "real.txt"],
    ["data/up", "../data/real.txt"],
    ["folder", "data"],
  ]);
  expect(packed.skipped.map((one) => one.path)).toEqual(["absolute", "data/out", "sly"]);
});

test("a change says commit, branch, title and whether files differ from it", async () => {
  expect(await readChange(folder)).toBeNull();
  git("init");
  await write("a.txt");
  git("add", ".");
  git("commit", "-m", "Rename greeting\n\nbody");
  expect(await readChange(folder)).toMatchObject({ branch: "main", title: "Rename greeting", dirty: false });
  await write("b.txt");
  expect(await readChange(folder)).toMatchObject({
    dirty: true,
    sha: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});

test.each(["in git", "elsewhere"])(
  "the values of cluster join, which hold its token, are never packed: %s",
  async (place) => {
    if (place === "in git") git("init");
    await write("seatrial-east.values.yaml", "joinToken: sj_secret");
    await write("values.yaml");
    expect(await listFiles(folder)).toEqual(["values.yaml"]);
  },
);
