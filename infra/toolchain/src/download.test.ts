import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { downloadFile } from "./download-file.ts";
import { findTool } from "./find-tool.ts";
import { runProgram } from "./run-program.ts";
import { machineEnvironment } from "./testing/config.ts";
import { createWorkshop, type Workshop } from "./testing/workshop.ts";
import type { DownloadPin } from "./tool-spec.ts";

const program = Buffer.from(`#!/bin/sh\necho "tiny version v1.4.2"\n# ${"x".repeat(300_000)}\n`);
const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const platform = `${process.platform}-${process.arch}`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let workshop: Workshop;
let server: ReturnType<typeof createServer>;
let url: string;
let answers: Answer[];
let ranges: (string | undefined)[];

beforeEach(async () => {
  workshop = await createWorkshop(machineEnvironment);
  answers = [];
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await workshop.remove();
});

/** Serves Range requests as any file server does. */
const whole =
  (content: Buffer): Answer =>
  (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from >= content.length)
      return void response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    const range = { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? range : {}).end(content.subarray(from));
  };
/** Sends the first bytes and drops the connection when they have reached the client's file. */
const breaking =
  (content: Buffer, bytes: number, file: string): Answer =>
  async (_request, response) => {
    response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, bytes));
    await vi.waitFor(() => expect(statSync(file).size).toBe(bytes), { timeout: 30_000 });
    response.destroy();
  };
const status =
  (code: number): Answer =>
  (_request, response) =>
    void response.writeHead(code).end();

const find = (pin: Partial<DownloadPin> = {}) => {
  const downloads = { [platform]: { url, sha256: sha256(program), ...pin } };
  return findTool("tiny", { specs: [{ ...workshop.tiny, downloads }], config: workshop.config });
};
const fetchOnce = (options: object = {}) =>
  downloadFile({
    url,
    sha256: sha256(program),
    file: join(workshop.folder, "part"),
    pauseMilliseconds: 1,
    ...options,
  });

test("a pinned tool is downloaded, checked and put into the cache as a program", async () => {
  answers = [whole(program)];
  const found = await find();
  expect(found).toMatchObject({ source: "download", notes: [] });
  expect((await runProgram(found.path, [])).output).toContain("v1.4.2");
  expect(await find()).toMatchObject({ source: "cache" });
  expect(ranges).toHaveLength(1);
});

test("a file with another sha256 is thrown away, and the tool is built with the reason said", async () => {
  answers = [whole(Buffer.from("#!/bin/sh\necho something else\n"))];
  const found = await find();
  expect(found.source).toBe("build");
  expect(found.notes[0]).toMatch(
    /download failed: .* has sha256 [0-9a-f]{64}, expected [0-9a-f]{64}; thrown away/,
  );
  expect(readdirSync(join(workshop.config.cacheFolder, ".downloading"))).toEqual([]);
});

test("a connection that breaks is resumed where it broke", async () => {
  answers = [breaking(program, 100_000, join(workshop.folder, "part")), whole(program)];
  await fetchOnce();
  expect(ranges).toEqual([undefined, "bytes=100000-"]);
});

test("what an earlier process received is not fetched again", async () => {
  await writeFile(join(workshop.folder, "part"), program.subarray(0, 1234));
  answers = [whole(program)];
  await fetchOnce();
  expect(ranges).toEqual(["bytes=1234-"]);
});

test("a file that was received whole but not yet moved needs no byte more", async () => {
  await writeFile(join(workshop.folder, "part"), program);
  answers = [whole(program)];
  await fetchOnce();
  expect(ranges).toEqual([`bytes=${program.length}-`]);
});

test("a server that ignores Range sends the file from the start, and it is right", async () => {
  await writeFile(join(workshop.folder, "part"), "something older and wrong");
  answers = [(_request, response) => void response.writeHead(200).end(program)];
  await fetchOnce();
});

test("a server that answers another range than asked for is asked from the start", async () => {
  await writeFile(join(workshop.folder, "part"), program.subarray(0, 10));
  const wrong: Answer = (_request, response) =>
    void response
      .writeHead(206, { "content-range": `bytes 5-9/${program.length}` })
      .end(program.subarray(5, 10));
  answers = [wrong, whole(program)];
  await fetchOnce();
  expect(ranges).toEqual(["bytes=10-", undefined]);
});

test("a server that stops sending is given up after the stall limit and asked again", async () => {
  const stalling: Answer = (_request, response) =>
    void response.writeHead(200).write(program.subarray(0, 10));
  answers = [stalling, whole(program)];
  await fetchOnce({ stallSeconds: 0.2 });
  expect(ranges.length).toBeGreaterThan(1);
});

test("a busy server is asked again, a missing file is not", async () => {
  answers = [status(503), whole(program)];
  await fetchOnce();
  answers = [status(404)];
  ranges = [];
  await expect(fetchOnce({ file: join(workshop.folder, "other") })).rejects.toMatchObject({
    code: "download_failed",
    message: `${url} answered 404.`,
  });
  expect(ranges).toHaveLength(1);
});

test("a server that keeps breaking is given up after the tries, and the tool is built", async () => {
  answers = [(_request, response) => void response.destroy()];
  await expect(fetchOnce({ tries: 3 })).rejects.toMatchObject({ code: "download_failed" });
  expect(ranges).toHaveLength(3);
  answers = [status(404)];
  expect(await find()).toMatchObject({ source: "build", notes: [expect.stringContaining("answered 404")] });
});

test("a program inside an archive is unpacked after the archive was checked", async () => {
  await mkdir(join(workshop.folder, "dist"));
  await writeFile(join(workshop.folder, "dist/tiny"), program, { mode: 0o755 });
  const archive = join(workshop.folder, "tiny.tar.gz");
  await runProgram("tar", ["-czf", archive, "-C", workshop.folder, "dist/tiny"]);
  const content = await readFile(archive);
  answers = [whole(content)];
  const found = await find({ sha256: sha256(content), archiveMember: "dist/tiny" });
  expect(found.source).toBe("download");
  expect((await runProgram(found.path, [])).output).toContain("v1.4.2");
  expect(readdirSync(join(workshop.config.cacheFolder, ".downloading"))).toEqual([]);
});

test("neither a download nor a build: the error names both reasons and what to do", async () => {
  answers = [status(404)];
  await writeFile(join(workshop.tiny.build.folder, "go.mod"), "nonsense");
  await expect(find()).rejects.toMatchObject({
    message: expect.stringMatching(/download failed: .*answered 404[\s\S]*SEATRIAL_TOOL_TINY/),
  });
  expect(existsSync(join(workshop.config.cacheFolder, "tiny"))).toBe(false);
});
