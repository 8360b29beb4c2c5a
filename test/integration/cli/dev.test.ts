import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CliPlace, createCliPlace, type RunningCli } from "../../support/run-cli.ts";

let place: CliPlace;
let running: RunningCli[] = [];
beforeEach(async () => {
  // The place has a home of its own, without the tools of this one.
  place = await createCliPlace({ SEATRIAL_TOOL_TEMPORAL: (await findTool("temporal")).path });
});
afterEach(async () => {
  for (const cli of running) cli.kill("SIGTERM");
  await Promise.all(running.map((cli) => cli.done));
  running = [];
  await place.close();
});

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === "object" ? address?.port : "");
}

async function startDev(...words: string[]): Promise<RunningCli> {
  const cli = place.start(["dev", ...words]);
  running.push(cli);
  await cli.until(/Ctrl-C stops it/);
  return cli;
}

test("dev is hub and worker with TLS, logged in, and keeps its data over a restart", async () => {
  const port = await freePort();
  const first = await startDev("--port", port);
  expect((await place.run(["doctor"])).out).toMatch(/✓ TLS +trusted by the stored CA/);
  await writeFile(
    join(place.folder, "seatrial.yaml"),
    "version: 1\nsuites: {web: {image: busybox, command: 'true'}}\n",
  );
  const started = JSON.parse((await place.run(["run", "-o", "json"])).out);
  // The worker of the same process plans it.
  const state = async () =>
    JSON.parse((await place.run(["runs", "show", started.id, "-o", "json"])).out).state;
  await expect.poll(state, { timeout: 60_000 }).toBe("running");
  first.kill("SIGTERM");
  expect((await first.done).code).toBe(0);

  await startDev("--port", port);
  expect(await state()).toBe("running");
  const token = join(place.folder, ".seatrial/dev/admin-token");
  expect(((await stat(token)).mode & 0o777).toString(8)).toBe("600");
  expect(await readFile(join(place.folder, ".seatrial/dev/.gitignore"), "utf8")).toBe("*\n");
});

test("a second dev on the same folder is refused before it touches the database", async () => {
  await startDev("--port", await freePort());
  const second = await place.run(["dev", "--port", await freePort()]);
  expect(second.code).toBe(3);
  expect(second.err).toMatch(/already runs on this folder \(process \d+\)/);
});

test("a port in use is said with the way out", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = String(typeof address === "object" ? address?.port : "");
  try {
    const { code, err } = await place.run(["dev", "--port", port]);
    expect([code, err]).toEqual([3, `✗ port ${port} is in use\n  choose another one: --port 7171\n`]);
  } finally {
    server.close();
  }
});

test("dev does not replace a login for another hub", async () => {
  const login = { version: 1, hubUrl: "https://hub.example.com", token: "st_mine", ca: null, project: null };
  const file = join(place.folder, "config/seatrial/config.json");
  await startDev("--port", await freePort()).then((cli) => {
    cli.kill("SIGTERM");
    return cli.done;
  });
  await writeFile(file, JSON.stringify(login));
  await startDev("--port", await freePort());
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(login);
});
