import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "@seatrial/hub/blobs/blob-store.ts";
import { createFolderBlobStore } from "@seatrial/hub/blobs/create-folder-blob-store.ts";
import { createS3BlobStore } from "@seatrial/hub/blobs/create-s3-blob-store.ts";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Opened = { store: BlobStore; close(): Promise<void> };

const stores: [name: string, open: () => Promise<Opened | undefined>][] = [
  ["a folder", openFolder],
  ["the S3 API of a real server", openS3],
];

describe.each(stores)("blobs in %s", (_, open) => {
  let opened: Opened | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => opened?.close());

  const conform = (name: string, check: (store: BlobStore) => Promise<void>) =>
    test(name, async (context) => {
      if (opened === undefined) return context.skip("versitygw is neither here nor can it be built");
      await check(opened.store);
    });

  conform("bytes come back as they went in, with their size and SHA-256", async (store) => {
    const bytes = new Uint8Array(randomBytes(3_000_000));
    async function* pieces() {
      for (let offset = 0; offset < bytes.length; offset += 70_000)
        yield bytes.subarray(offset, offset + 70_000);
    }
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(await store.put("round/trip", pieces())).toEqual({ bytes: bytes.length, sha256 });
    expect(Buffer.compare(await read(store, "round/trip"), bytes)).toBe(0);
    expect(await store.head("round/trip")).toEqual({ bytes: bytes.length });
  });

  conform("an empty blob is a blob, and a missing one is none", async (store) => {
    await store.put("empty", new Uint8Array());
    expect((await read(store, "empty")).length).toBe(0);
    expect(await store.head("empty")).toEqual({ bytes: 0 });
    expect(await store.get("missing")).toBeUndefined();
    expect(await store.head("missing")).toBeUndefined();
    await store.delete("missing");
  });

  conform("a range gives exactly its part, cut at the end", async (store) => {
    await store.put("range", new TextEncoder().encode("0123456789"));
    const part = async (offset: number, length?: number) =>
      (await read(store, "range", { offset, ...(length === undefined ? {} : { length }) })).toString();
    expect(await part(2, 3)).toBe("234");
    expect(await part(7)).toBe("789");
    expect(await part(8, 100)).toBe("89");
    expect(await part(10, 5)).toBe("");
    expect(await part(99)).toBe("");
  });

  conform("a put replaces, a move renames, a delete removes", async (store) => {
    await store.put("life/a", new TextEncoder().encode("one"));
    await store.put("life/a", new TextEncoder().encode("two"));
    await store.move("life/a", "life/b");
    expect(await store.head("life/a")).toBeUndefined();
    expect((await read(store, "life/b")).toString()).toBe("two");
    await store.delete("life/b");
    expect(await store.head("life/b")).toBeUndefined();
    await expect(store.move("life/a", "life/c")).rejects.toThrow();
  });

  conform(
    "an upload that fails or grows too large leaves nothing, and keeps what was there",
    async (store) => {
      await store.put("atomic", new TextEncoder().encode("before"));
      async function* failing() {
        yield new Uint8Array(100_000);
        throw new Error("the client went away");
      }
      await expect(store.put("atomic", failing())).rejects.toThrow("went away");
      await expect(store.put("fresh", failing())).rejects.toThrow("went away");
      await expect(store.put("fresh", new Uint8Array(11), { maxBytes: 10 })).rejects.toMatchObject({
        code: "payload_too_large",
      });
      expect((await read(store, "atomic")).toString()).toBe("before");
      expect(await store.head("fresh")).toBeUndefined();
    },
  );

  conform("a listing has the keys of its prefix, in order", async (store) => {
    for (const key of ["list/b/2", "list/a", "list/b/1", "listless"]) await store.put(key, new Uint8Array(1));
    expect(await Array.fromAsync(store.list("list/"))).toEqual(["list/a", "list/b/1", "list/b/2"]);
    expect(await Array.fromAsync(store.list("list/b/"))).toEqual(["list/b/1", "list/b/2"]);
    expect(await Array.fromAsync(store.list("nothing/"))).toEqual([]);
  });

  conform("a key that is no safe path is refused", async (store) => {
    for (const key of ["../up", "/root", "a/../b", "a//b", "", ".hidden", "a/.b", "a b", "a\\b"]) {
      await expect(store.put(key, new Uint8Array(1))).rejects.toThrow("Not a blob key");
      await expect(store.get(key)).rejects.toThrow("Not a blob key");
    }
  });
});

async function read(
  store: BlobStore,
  key: string,
  range?: { offset: number; length?: number },
): Promise<Buffer> {
  const stream = await store.get(key, range);
  if (stream === undefined) throw new Error(`no blob ${key}`);
  return Buffer.from(await new Response(stream).arrayBuffer());
}

async function openFolder(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "seatrial-blobs-"));
  return { store: createFolderBlobStore(folder), close: () => rm(folder, { recursive: true, force: true }) };
}

async function openS3(): Promise<Opened | undefined> {
  const tool = await findTool("versitygw").catch((error: Error) => {
    console.warn(`S3 is not tested: ${error.message}`);
    return undefined;
  });
  if (tool === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "seatrial-s3-"));
  await mkdir(join(folder, "bucket"));
  const port = await freePort();
  const credentials = { accessKeyId: "test", secretAccessKey: randomBytes(12).toString("hex") };
  const root = ["--access", credentials.accessKeyId, "--secret", credentials.secretAccessKey];
  const server = spawn(
    tool.path,
    ["--port", `127.0.0.1:${port}`, "--quiet", ...root, "posix", "--nometa", folder],
    {
      stdio: "ignore",
    },
  );
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswers(endpoint);
  const store = createS3BlobStore({
    bucket: "bucket",
    prefix: "hub/",
    endpoint,
    region: "us-east-1",
    credentials,
  });
  return {
    store,
    async close() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
