import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliPlace, createCliPlace } from "../../support/run-cli.ts";

let place: CliPlace;
beforeAll(async () => {
  place = await createCliPlace();
});
afterAll(() => place.close());

test("validate needs no hub and names all suites", async () => {
  await mkdir(join(place.folder, "sub"));
  await writeFile(
    join(place.folder, "sub/seatrial.yaml"),
    "version: 1\nsuites: {web: {tool: node, shards: 2}}\n",
  );
  const { code, out } = await place.run(["validate", "sub/seatrial.yaml"]);
  expect([code, out]).toEqual([0, "✓ sub/seatrial.yaml: suites and shards: web (2)\n"]);
});

test("validate says what is wrong, for people and for programs, and exits 64", async () => {
  await writeFile(join(place.folder, "bad.yaml"), "version: 1\nsuites: {web: {tool: node, shard: 2}}\n");
  const text = "suites.web.shard: unknown key 'shard' (did you mean 'shards'?)";
  const people = await place.run(["validate", "bad.yaml"]);
  expect([people.code, people.out]).toEqual([64, `bad.yaml:2:28: ${text}\n`]);
  const programs = await place.run(["validate", "bad.yaml", "-o", "json"]);
  expect(programs.code).toBe(64);
  expect(JSON.parse(programs.out)).toMatchObject({ valid: false, errors: [{ line: 2, column: 28 }] });
});

test.each([
  [["frobnicate"], "unknown command 'frobnicate'"],
  [["run", "--wach"], "did you mean --watch"],
  [["run"], "there is no seatrial.yaml"],
  [["validate", "nothing.yaml"], "✗ there is no nothing.yaml\n"],
  [["logs"], "missing required argument 'run'"],
  [["runs", "list", "--limit", "many"], "write a whole number"],
  [["login", "http://example.com", "--token", "x"], "is not a hub's address"],
  [["login", "https://example.com"], "no token was given"],
])("wrong usage says so and exits 64: %j", async (words, expected) => {
  const { code, err, out } = await place.run(words);
  expect([code, out]).toEqual([64, ""]);
  expect(err.toLowerCase()).toContain(expected.toLowerCase());
});

test("without a login, what needs a hub exits 4 and says how to log in", async () => {
  const { code, err } = await place.run(["runs", "list"]);
  expect(code).toBe(4);
  expect(err).toContain("seatrial login");
});

test("a login file that is damaged is said by name", async () => {
  await mkdir(join(place.folder, "config/seatrial"), { recursive: true });
  await writeFile(join(place.folder, "config/seatrial/config.json"), "{");
  const { code, err } = await place.run(["runs", "list"]);
  expect(code).toBe(3);
  expect(err).toContain("config/seatrial/config.json is not what seatrial login stores");
});

test("the lab's commands print one JSON value too, and an image that nobody knows is wrong usage", async () => {
  const status = await place.run(["lab", "status", "-o", "json"]);
  expect([status.code, typeof JSON.parse(status.out)]).toEqual([0, "object"]);
  const load = await place.run(["lab", "load", "agnet", "-o", "json"]);
  expect(load.code).toBe(64);
  expect(JSON.parse(load.out)).toMatchObject({ error: { code: "image_unknown" } });
});

test("a reader that stops early, as head does, is no error to speak of", async () => {
  const main = join(import.meta.dirname, "../../../cli/src/main.ts");
  const words = ["-c", '"$0" "$1" validate nothing.yaml -o json | true', process.execPath, main];
  const { stderr } = await promisify(execFile)("sh", words, { cwd: place.folder });
  expect(stderr).toBe("✗ there is no nothing.yaml\n");
});

test("help exits 0", async () => {
  const { code, out } = await place.run(["--help"]);
  expect(code).toBe(0);
  expect(out).toContain(
    "Exit codes: 0 passed, 1 red tests, 2 cancelled, 3 could not tell, 4 no access, 64 wrong usage.",
  );
});
