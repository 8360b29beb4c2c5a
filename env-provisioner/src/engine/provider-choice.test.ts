import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseProvider, nameOfProvider } from "./provider-choice.ts";

const none = { pluginFolder: null, pluginVersion: "4.34.2" } as const;

describe("the provider of an operation", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "seatrial-plugin-"));
    await writeFile(join(folder, "pulumi-resource-kubernetes"), "");
    await chmod(join(folder, "pulumi-resource-kubernetes"), 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is the configured one for the first, and is recorded with its version", async () => {
    const embedded = await chooseProvider(null, { kind: "embedded", ...none });
    expect(nameOfProvider(embedded)).toBe("embedded/1");
    const plugin = await chooseProvider(null, { kind: "plugin", ...none, pluginFolder: folder });
    expect(plugin).toEqual({ kind: "plugin", version: "4.34.2", folder });
    expect(nameOfProvider(plugin)).toBe("plugin/4.34.2");
  });

  it("is the recorded one ever after, whatever is configured then", async () => {
    const settings = { ...none, pluginFolder: folder };
    expect(await chooseProvider("embedded/1", { kind: "plugin", ...settings })).toEqual({ kind: "embedded" });
    expect(await chooseProvider("plugin/4.34.2", { kind: "embedded", ...settings })).toMatchObject({
      kind: "plugin",
    });
  });

  it.each([
    [
      "no plugin at all",
      null,
      none,
      /this provisioner has none: put the program of 'pulumi plugin install resource kubernetes v4.34.2'/,
    ],
    [
      "an empty folder",
      null,
      { ...none, pluginFolder: "/nowhere" },
      /no program \/nowhere\/pulumi-resource-kubernetes: put/,
    ],
    [
      "another version",
      "plugin/4.1.0",
      { ...none, pluginFolder: "/nowhere" },
      /plugin 4\.1\.0, and this provisioner has 4\.34\.2: .*v4\.1\.0/,
    ],
    [
      "a provider of a later Seatrial",
      "embedded/7",
      none,
      /embedded\/7, which this version of Seatrial does not have/,
    ],
  ])("that is missing is said with what to install: %s", async (_, recorded, settings, message) => {
    await expect(chooseProvider(recorded, { kind: "plugin", ...settings })).rejects.toMatchObject({
      code: "provider_missing",
      message: expect.stringMatching(message),
    });
  });
});
