import { mkdir, mkdtemp, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../base/run-command.ts";
import { buildImage } from "./built-image.ts";
import { copyFile, copyFolder, folder, link, textFile } from "./entries.ts";
import type { ImageSpec } from "./image-spec.ts";
import { parseLdd } from "./library-closure.ts";
import { pushImage } from "./push-image.ts";
import { parseReference, readImageFolder } from "./read-archive.ts";
import { writeArchive } from "./write-archive.ts";
import { orderEntries } from "./write-layer.ts";

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "lab-image-"));
}

async function exampleSpec(): Promise<ImageSpec> {
  const source = await temporaryFolder();
  await writeFile(join(source, "program"), "content", { mode: 0o755 });
  return {
    name: "seatrial/example",
    tag: "1",
    layers: [
      [
        folder("/tmp", 0o1777),
        link("/bin/sh", "busybox"),
        copyFile(join(source, "program"), "/bin/busybox", 0o755),
      ],
      [textFile("/etc/motd", "hello\n")],
    ],
    config: { entrypoint: ["/bin/sh"], environment: { A: "b" } },
  };
}

describe("an image", () => {
  test("has the same digest when it is built again elsewhere from files of another time", async () => {
    const first = await buildImage(await exampleSpec(), await temporaryFolder());
    const spec = await exampleSpec();
    const entry = spec.layers[0]?.[2];
    if (entry?.kind !== "file" || !("source" in entry.content)) throw new Error("the example has changed");
    await utimes(entry.content.source, 1, 1);
    const second = await buildImage(spec, await temporaryFolder());
    expect(second.digest).toBe(first.digest);
    await writeFile(entry.content.source, "other");
    expect((await buildImage(spec, await temporaryFolder())).digest).not.toBe(first.digest);
  });

  test("comes from the cache when nothing changed", async () => {
    const cache = await temporaryFolder();
    const spec = await exampleSpec();
    const first = await buildImage(spec, cache);
    const layer = first.layers[0];
    if (!layer) throw new Error("the example has changed");
    // A layer that is written again would have its right content again.
    await writeFile(layer.file, "not a tar");
    const second = await buildImage(spec, cache);
    expect(second.digest).toBe(first.digest);
    expect(await readFile(layer.file, "utf8")).toBe("not a tar");
  });

  test("runs as a number, so that the restricted profile sees that it is not root", async () => {
    const image = await buildImage(await exampleSpec(), await temporaryFolder());
    const config = JSON.parse(image.config.toString("utf8"));
    expect(config.config).toMatchObject({ User: "65532:65532", Entrypoint: ["/bin/sh"] });
    expect(config.config.Env).toContain("A=b");
  });

  test("lists what it holds with modes, links and one fixed time", async () => {
    const image = await buildImage(await exampleSpec(), await temporaryFolder());
    const listing = await runCommand("tar", [
      "--list",
      "--verbose",
      "--utc",
      "--file",
      image.layers[0]?.file ?? "",
    ]);
    const lines = listing.trim().split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toContain("1970-01-01 00:00");
    expect(listing).toMatch(/^drwxr-xr-x 0\/0 .* bin\/$/m);
    expect(listing).toMatch(/^-rwxr-xr-x 0\/0 .* bin\/busybox$/m);
    expect(listing).toMatch(/^lrwxrwxrwx 0\/0 .* bin\/sh -> busybox$/m);
    expect(listing).toMatch(/^drwxrwxrwt 0\/0 .* tmp\/$/m);
  });

  test("gets the folders above each file, and of two entries with one path the later", () => {
    const entries = orderEntries([textFile("/a/b/c", "1"), textFile("/a/b/c", "2"), folder("/a", 0o700)]);
    expect(entries.map(({ path }) => path)).toEqual(["/a", "/a/b", "/a/b/c"]);
    expect(entries[0]).toMatchObject({ mode: 0o700 });
    expect(entries[2]).toMatchObject({ content: { text: "2" } });
  });

  test("takes a folder's links along when they are relative, and their content when they are absolute", async () => {
    const source = await temporaryFolder();
    await writeFile(join(source, "a"), "text");
    await symlink("a", join(source, "relative"));
    await symlink(join(source, "a"), join(source, "absolute"));
    await symlink("/nowhere/at/all", join(source, "broken"));
    const entries = await copyFolder(source, "/x");
    expect(entries).toContainEqual(link("/x/relative", "a"));
    expect(entries).toContainEqual(copyFile(join(source, "absolute"), "/x/absolute", 0o644));
    expect(entries.map(({ path }) => path)).not.toContain("/x/broken");
  });
});

describe("an image archive", () => {
  test("that we write is read back as the same image, as OCI layout and as Docker's archive", async () => {
    const image = await buildImage(await exampleSpec(), await temporaryFolder());
    const target = await temporaryFolder();
    await writeArchive(image, "10.88.0.1:5000/seatrial/example:1", join(target, "image.tar"));
    await runCommand("tar", ["--extract", "--file", join(target, "image.tar"), "--directory", target]);
    const asDocker = await readImageFolder(target, "none");
    await runCommand("rm", [join(target, "manifest.json")]);
    const asOci = await readImageFolder(target, "none");
    for (const read of [asDocker, asOci]) {
      expect(read).toMatchObject({ name: "seatrial/example", tag: "1", digest: image.digest });
    }
  });

  test("whose file is a link to one outside of itself is refused", async () => {
    const target = await temporaryFolder();
    await symlink("/etc/hostname", join(target, "config"));
    const manifest = [{ Config: "config", RepoTags: ["a:1"], Layers: [] }];
    await writeFile(join(target, "manifest.json"), JSON.stringify(manifest));
    await expect(readImageFolder(target, "none")).rejects.toMatchObject({ code: "image_invalid" });
  });

  test("that names files outside of itself is refused", async () => {
    const target = await temporaryFolder();
    await mkdir(join(target, "inner"));
    await writeFile(join(target, "secret"), "{}");
    const manifest = [{ Config: "../secret", RepoTags: ["a:1"], Layers: [] }];
    await writeFile(join(target, "inner", "manifest.json"), JSON.stringify(manifest));
    await expect(readImageFolder(join(target, "inner"), "none")).rejects.toMatchObject({
      code: "image_invalid",
    });
  });

  test("that is none is refused", async () => {
    await expect(readImageFolder(await temporaryFolder(), "none")).rejects.toThrow(/neither index.json/);
  });

  test.each([
    ["docker.io/library/nginx:1.29", "library/nginx", "1.29"],
    ["localhost/pause", "pause", "lab"],
    ["10.88.0.1:5000/seatrial/node:lab", "seatrial/node", "lab"],
    ["team/app:v1", "team/app", "v1"],
  ])("named %s becomes %s:%s in the lab's registry", (reference, name, tag) => {
    expect(parseReference(reference)).toEqual({ name, tag });
  });

  test.each(["../../etc", "UPPER", "a:b c", "", "a/../b", "x@sha256:00"])(
    "named %j is refused",
    (reference) => {
      expect(() => parseReference(reference)).toThrow(/is no image name/);
    },
  );
});

describe("the libraries of a program", () => {
  test("are those with a path; the kernel's own has none", () => {
    const output = `	linux-vdso.so.1 (0x00007f0ae92c8000)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0ae7d20000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f0ae92ca000)\n`;
    expect(parseLdd("node", output)).toEqual([
      "/lib/x86_64-linux-gnu/libm.so.6",
      "/lib64/ld-linux-x86-64.so.2",
    ]);
  });

  test("that this machine lacks are an error that names program and library", () => {
    expect(() => parseLdd("node", "\tlibx.so.1 => not found\n")).toThrow(/node needs libx\.so\.1/);
  });
});

describe("pushing an image", () => {
  test("sends only the blobs that the registry lacks and says what it refused", async () => {
    const image = await buildImage(await exampleSpec(), await temporaryFolder());
    const [known, unknown] = image.layers;
    const uploads: string[] = [];
    let manifestStatus = 201;
    await using server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://registry");
      request.resume().on("end", () => {
        if (request.method === "HEAD")
          response.writeHead(url.pathname.endsWith(known?.digest ?? "") ? 200 : 404);
        else if (request.method === "POST") response.writeHead(202, { location: "/upload?state=1" });
        else if (url.pathname === "/upload") {
          uploads.push(url.searchParams.get("digest") ?? "");
          response.writeHead(201);
        } else response.writeHead(manifestStatus);
        response.end();
      });
    });
    const { promise: listening, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await listening;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const registry = `127.0.0.1:${address.port}`;
    expect(await pushImage(image, registry)).toBe(`${registry}/seatrial/example@${image.digest}`);
    expect(uploads).toContain(unknown?.digest);
    expect(uploads).not.toContain(known?.digest);
    expect(uploads).toHaveLength(2);
    manifestStatus = 500;
    await expect(pushImage(image, registry)).rejects.toThrow(/answered 500 instead of 201/);
  });
});
