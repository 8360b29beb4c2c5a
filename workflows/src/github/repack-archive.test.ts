import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ArchiveProblem, type ContentLimits, repackArchive } from "./repack-archive.ts";

const { signal } = new AbortController();
const most: ContentLimits = {
  contentArchiveBytes: 1_000_000,
  contentUnpackedBytes: 10_000_000,
  contentEntries: 5,
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seatrial-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** So many files of so many bytes below one folder, gzipped as a forge does it. */
async function archiveOf(files: number, bytes = 10): Promise<Uint8Array> {
  const tar = pack();
  for (let file = 0; file < files; file += 1) tar.entry({ name: `top/${file}.txt` }, "x".repeat(bytes));
  tar.finalize();
  return new Uint8Array(gzipSync(await buffer(tar as unknown as AsyncIterable<Uint8Array>)));
}

const repack = (archive: Uint8Array, limits: Partial<ContentLimits> = {}) =>
  repackArchive(new Blob([new Uint8Array(archive)]).stream(), join(folder, "content"), signal, {
    ...most,
    ...limits,
  });

test("as many files as a content may have are taken", async () => {
  expect(await repack(await archiveOf(5))).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

// Whatever ends first ends the others: which of them speaks must not depend on how much was under way.
test.each([
  ["a file more", 6, 10],
  ["thousands more", 5_000, 10],
  ["large files", 40, 200_000],
])("too many files are a problem for good: %s", async (_, files, bytes) => {
  const repacked = repack(await archiveOf(files, bytes));
  await expect(repacked).rejects.toThrow(ArchiveProblem);
  await expect(repacked).rejects.toThrow("the commit has more than 5 files");
});

test("too many bytes are a problem for good, unpacked or packed", async () => {
  const archive = await archiveOf(3, 200_000);
  for (const limits of [{ contentUnpackedBytes: 100_000 }, { contentArchiveBytes: 100 }])
    await expect(repack(archive, limits)).rejects.toThrow(ArchiveProblem);
});

test("what is no gzip is a problem for good, and an archive that ends early is not", async () => {
  await expect(repack(Buffer.from("a page of text"))).rejects.toThrow(ArchiveProblem);
  const whole = await archiveOf(3, 200_000);
  const error = await repack(whole.subarray(0, whole.length - 200)).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(ArchiveProblem);
});
