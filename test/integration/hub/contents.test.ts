import { readdir } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, stopServerAfterTests } from "../../support/databases.ts";
import { archiveOf, createProject, type EntrySpec, problemOf, sha256Of } from "../../support/hub-fixtures.ts";
import { createTestHub, type TestHub } from "../../support/test-hub.ts";

stopServerAfterTests();

const file = (name: string, text = "x") => ({ name, text });
const link = (name: string, linkname: string, type: "symlink" | "link" = "symlink") => ({
  name,
  type,
  linkname,
});

describe.each(databases)("contents on $name", (database) => {
  let hub: TestHub;
  let path: string;
  beforeAll(async () => {
    hub = await createTestHub(database);
    path = `${(await createProject(hub, "contents")).path}/contents`;
  });
  afterAll(() => hub.close());

  const put = (bytes: Uint8Array, digest = sha256Of(bytes)) =>
    hub.call("PUT", `${path}/${digest}`, { body: bytes, headers: { "content-type": "application/gzip" } });
  const blobs = async () =>
    (await readdir(hub.folder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());

  test("a content is stored once; a second upload finds it; HEAD tells whether it is there", async () => {
    const bytes = await archiveOf([
      { name: "src/", type: "directory" },
      file("src/a.py"),
      file("./b.py"),
      link("src/latest", "../b.py"),
      link("copy.py", "b.py", "link"),
    ]);
    const digest = sha256Of(bytes);
    expect((await hub.call("HEAD", `${path}/${digest}`)).status).toBe(404);
    const first = await put(bytes);
    expect(first.status).toBe(201);
    expect(await first.json()).toMatchObject({ sha256: digest, bytes: bytes.byteLength });
    expect((await put(bytes)).status).toBe(200);
    expect((await hub.call("HEAD", `${path}/${digest}`)).status).toBe(200);
  });

  test("another project does not see a content by guessing its digest", async () => {
    const other = await createProject(hub, "elsewhere");
    const bytes = await archiveOf([file("secret.txt", "ours")]);
    expect((await put(bytes)).status).toBe(201);
    const answer = await hub.call("GET", `${other.path}/contents/${sha256Of(bytes)}`, {
      token: other.runToken,
    });
    expect(answer.status).toBe(404);
  });

  const hostile: [string, readonly EntrySpec[]][] = [
    ["a name with '..'", [file("../outside")]],
    ["a name with '..' inside", [file("a/../../outside")]],
    ["an absolute name", [file("/etc/passwd")]],
    ["a backslash", [file("a\\..\\b")]],
    ["a control character", [file("a\u0007b")]],
    ["an absolute link", [link("a", "/etc/passwd")]],
    ["a link that leaves the root", [link("a/b", "../../outside")]],
    ["a link that goes up behind a name", [link("a/b/c", "x/../../../y")]],
    ["a hard link that leaves the root", [link("a", "../outside", "link")]],
    ["a file below a link", [{ name: "d/", type: "directory" }, link("a", "d"), file("a/b")]],
    ["a link below a link", [link("a/b/c/s", "../../.."), link("a/b/c/s/t", "..")]],
    ["a sparse file whose records name another", [{ ...file("a"), pax: { "GNU.sparse.name": "../b" } }]],
    ["a link in the root's place", [link(".", "a")]],
    ["a device", [{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }]],
    ["a pipe", [{ name: "pipe", type: "fifo" }]],
  ];
  test.each(hostile)("an archive with %s is refused and nothing is stored", async (_, entries) => {
    const before = await blobs();
    const bytes = await archiveOf([file("fine"), ...entries, file("after")]);
    expect(await problemOf(await put(bytes))).toMatchObject({ status: 422, code: "content_unsafe" });
    expect((await hub.call("HEAD", `${path}/${sha256Of(bytes)}`)).status).toBe(404);
    expect(await blobs()).toEqual(before);
  });

  test("what is not a whole gzip tar is refused", async () => {
    const whole = await archiveOf([file("a", "0123456789".repeat(5_000)), file("b")]);
    const tar = gunzipSync(whole);
    const broken = [
      new Uint8Array(),
      new TextEncoder().encode("this is no archive at all"),
      whole.subarray(0, whole.byteLength - 20),
      new Uint8Array(gzipSync(tar.subarray(0, 20_000))),
      new Uint8Array(gzipSync(Buffer.alloc(2_000, "no tar"))),
    ];
    for (const bytes of broken)
      expect(await problemOf(await put(bytes))).toMatchObject({ status: 422, code: "content_unsafe" });
  });

  test("bytes that do not have the digest of the address are refused", async () => {
    const before = await blobs();
    const answer = await put(await archiveOf([file("a")]), "0".repeat(64));
    expect(await problemOf(answer)).toMatchObject({ status: 422, code: "invalid_request" });
    expect(await blobs()).toEqual(before);
  });

  test("a bomb is refused at its limit, whether by bytes or by entries", async () => {
    const { createArchiveCheck } = await import("@seatrial/hub/contents/check-archive.ts");
    const refusal = async (bytes: Uint8Array) => {
      const check = createArchiveCheck({ entries: 10, unpackedBytes: 1_000_000 });
      try {
        await check.write(bytes);
        await check.end();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const large = await archiveOf([file("zeros", "\0".repeat(2_000_000))]);
    expect(large.byteLength).toBeLessThan(5_000);
    expect(await refusal(large)).toMatchObject({ code: "payload_too_large" });
    const many = await archiveOf(Array.from({ length: 11 }, (_, index) => file(`f${index}`)));
    expect(await refusal(many)).toMatchObject({ code: "payload_too_large" });
    expect(await refusal(await archiveOf([file("fine")]))).toBeUndefined();
  });
});
