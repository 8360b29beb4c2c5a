import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CliPlace, createCliPlace } from "../../support/run-cli.ts";

let place: CliPlace;
beforeEach(async () => {
  place = await createCliPlace();
});
afterEach(() => place.close());

async function addTests(): Promise<void> {
  await mkdir(join(place.folder, "tests/api"), { recursive: true });
  await writeFile(join(place.folder, "tests/api/test_a.py"), "def test_a(): pass\n");
}
const written = () => readFile(join(place.folder, "seatrial.yaml"), "utf8");

test("init writes a file that validate takes, says what it found and what is next", async () => {
  await addTests();
  const { code, out, err } = await place.run(["init"]);
  expect([code, err]).toEqual([0, expect.stringContaining("found pytest    api")]);
  expect(err).toContain("nothing is asked without a terminal");
  expect(out).toContain("Next:\n  seatrial run --run pull-request --watch\n");
  const checked = await place.run(["validate"]);
  expect([checked.code, checked.out]).toEqual([0, expect.stringContaining("api (1)")]);
});

test("init keeps a file that is there, unless it is told to replace it", async () => {
  await addTests();
  await writeFile(join(place.folder, "seatrial.yaml"), "mine\n");
  const refused = await place.run(["init", "--yes"]);
  expect([refused.code, refused.err]).toEqual([64, expect.stringContaining("--force")]);
  expect(await written()).toBe("mine\n");
  expect((await place.run(["init", "--yes", "--force"])).code).toBe(0);
  expect(await written()).toContain("tool: pytest");
});

test("init never writes through a link", async () => {
  await addTests();
  const other = join(place.folder, "other");
  await symlink("other", join(place.folder, "seatrial.yaml"));
  expect((await place.run(["init"])).code).toBe(64);
  await writeFile(other, "theirs\n");
  expect((await place.run(["init", "--force"])).code).toBe(0);
  expect(await readFile(other, "utf8")).toBe("theirs\n");
  expect(await written()).toContain("tool: pytest");
});

test("init --dry-run prints the file and writes nothing; -o json says what was found", async () => {
  await addTests();
  expect((await place.run(["init", "--dry-run"])).out).toMatch(
    /^# Made by `seatrial init`[\s\S]*tool: pytest/,
  );
  const { out } = await place.run(["-o", "json", "init", "--dry-run"]);
  expect(JSON.parse(out)).toMatchObject({
    ...{ file: "seatrial.yaml", written: false, chosen: { environment: null, suites: ["api"] } },
    found: { suites: [{ name: "api", tool: "pytest", path: "tests/api", files: 1 }] },
  });
  await expect(written()).rejects.toThrow("ENOENT");
});

test("init in a folder with nothing to test says what it looks for", async () => {
  const { code, err } = await place.run(["init"]);
  expect([code, err]).toEqual([64, expect.stringContaining("nothing was found that Seatrial could test")]);
});

test("the file in docs/quick-start.md is what init writes for the example that it names", async () => {
  const root = join(import.meta.dirname, "../../..");
  for (const part of ["deploy", "tests"])
    await cp(join(root, "examples/environment", part), join(place.folder, part), { recursive: true });
  const page = await readFile(join(root, "docs/quick-start.md"), "utf8");
  const [, shown] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
  expect((await place.run(["init", "--dry-run"])).out).toBe(shown);
});
