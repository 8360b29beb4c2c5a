import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackContent } from "./unpack-content.ts";

type HeaderInput = Partial<Header> & { name: string };
let above: string;
let folder: string;
beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), "seatrial-unpack-"));
  folder = join(above, "content");
});
afterEach(() => rm(above, { recursive: true, force: true }));

async function archive(
  entries: readonly (HeaderInput & { text?: string })[],
): Promise<AsyncIterable<Uint8Array>> {
  const tar = pack();
  for (const { text = "", size = text.length, ...header } of entries)
    tar.entry({ ...header, size }, text.padEnd(size, "x"));
  tar.finalize();
  const zipped = gzipSync(Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Buffer>)));
  return (async function* () {
    for (let at = 0; at < zipped.length; at += 100) yield zipped.subarray(at, at + 100);
  })();
}

test("files, folders and links inside arrive, with their executable bit and nothing else of their modes", async () => {
  await unpackContent(
    await archive([
      { name: "deploy/link", type: "symlink", linkname: "../run.sh" },
      { name: "run.sh", mode: 0o4777, text: "#!/bin/sh" },
      { name: "deploy/a.yaml", mode: 0o600, text: "a: 1" },
      { name: "again.yaml", type: "link", linkname: "deploy/a.yaml" },
      { name: "empty", type: "directory" },
    ]),
    folder,
  );
  expect(await readFile(join(folder, "deploy/link"), "utf8")).toBe("#!/bin/sh");
  expect(await readFile(join(folder, "again.yaml"), "utf8")).toBe("a: 1");
  expect((await lstat(join(folder, "run.sh"))).mode & 0o7777).toBe(0o755);
  expect((await lstat(join(folder, "deploy/a.yaml"))).mode & 0o7777).toBe(0o644);
  expect((await lstat(join(folder, "empty"))).isDirectory()).toBe(true);
});

test.each([
  [[{ name: "../out", text: "x" }], /names "\.\.\/out", which leaves it/],
  [[{ name: "/out", text: "x" }], /which leaves it/],
  [[{ name: "a", type: "symlink", linkname: "/etc/passwd" }], /links "a" to a place outside/],
  [[{ name: "a", type: "symlink", linkname: "../x" }], /links "a" to a place outside/],
  [[{ name: "d/a", type: "symlink", linkname: "b/../../../x" }], /links "d\/a" to a place outside/],
  [
    [
      { name: "a/b/up", type: "symlink", linkname: "../.." },
      { name: "a/b/up/secret", type: "symlink", linkname: "../../../etc/passwd" },
    ],
    /holds "a\/b\/up\/secret", which stands below a link/,
  ],
  [[{ name: "a", type: "link", linkname: "../x" }], /which leaves it/],
  [[{ name: "a", type: "link", linkname: "none" }], /no file of it/],
  [[{ name: "a", type: "character-device" }], /neither file, folder nor link/],
  [
    [
      { name: "a", type: "symlink", linkname: "." },
      { name: "a/b", text: "x" },
    ],
    /cannot be unpacked \(EEXIST\)/,
  ],
  [
    [
      { name: "a", text: "x" },
      { name: "b", text: "x" },
      { name: "c", text: "x" },
      { name: "d", text: "x" },
    ],
    /more than 3 entries/,
  ],
  [[{ name: "a", text: "x", size: 20_000 }], /unpacks to more than 10000 bytes/],
] as [(HeaderInput & { text?: string })[], RegExp][])(
  "%j is refused and nothing is outside",
  async (entries, message) => {
    const bounds = { entries: 3, unpackedBytes: 10_000 };
    const unpacking = unpackContent(await archive(entries), folder, bounds);
    await expect(unpacking).rejects.toMatchObject({
      code: "template_invalid",
      message: expect.stringMatching(message),
    });
    expect((await readdir(above)).filter((name) => name !== "content")).toEqual([]);
  },
);

test("an archive that is cut off is refused", async () => {
  const whole: Uint8Array[] = [];
  for await (const chunk of await archive([{ name: "a", text: "x".repeat(5_000) }])) whole.push(chunk);
  const half = (async function* () {
    yield Buffer.concat(whole).subarray(0, 60);
  })();
  await expect(unpackContent(half, folder)).rejects.toMatchObject({ code: "template_invalid" });
});
