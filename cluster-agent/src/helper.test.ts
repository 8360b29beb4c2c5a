import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** The helper is a Go module; its own tests run here too, so that one test command covers everything. */
const helperFolder = fileURLToPath(new URL("../helper", import.meta.url));
const goIsThere = spawnSync("go", ["version"]).status === 0;

if (!goIsThere)
  console.warn("go is not on PATH: the helper's own tests are skipped; install Go 1.25 or later");

describe.skipIf(!goIsThere)("the helper's Go module", () => {
  it("has nothing that go vet objects to", () => {
    const { status, output } = go("vet", "./...");
    expect(status, output).toBe(0);
  }, 600_000);

  it("passes its own tests, which really ran in every package that has some", () => {
    const { status, output, stdout } = go("test", "-json", "./...");
    const events = parseEvents(stdout);
    const count = (action: string) => events.filter((event) => event.Test && event.Action === action).length;
    const packages = new Set(
      events.flatMap((event) => (event.Test && event.Action === "run" ? [event.Package] : [])),
    );
    for (const line of skipReasons(events)) console.warn(`skipped: ${line}`);
    expect(status, output).toBe(0);
    expect(count("fail")).toBe(0);
    expect(count("pass")).toBeGreaterThan(100);
    expect([...packages].map((name) => name.split("/").at(-1)).sort()).toEqual([
      "collect",
      "config",
      "failure",
      "fileglob",
      "hub",
      "prepare",
      "preset",
      "reach",
      "unpack",
    ]);
  }, 600_000);
});

/** One line of `go test -json`. */
interface TestEvent {
  readonly Action: string;
  readonly Package: string;
  readonly Test?: string;
  readonly Output?: string;
}

function go(...command: string[]) {
  const { status, stdout, stderr } = spawnSync("go", command, {
    cwd: helperFolder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, output: `${stdout}${stderr}`.slice(-20_000) };
}

function parseEvents(stdout: string): TestEvent[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as TestEvent);
}

function skipReasons(events: readonly TestEvent[]): string[] {
  const skipped = new Set(events.filter((event) => event.Action === "skip").map((event) => event.Test));
  return events
    .filter((event) => event.Test && skipped.has(event.Test) && event.Output?.includes("_test.go:"))
    .map((event) => `${event.Test}: ${event.Output?.trim()}`);
}
