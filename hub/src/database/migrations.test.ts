import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { expect, test } from "vitest";
import * as clusters from "./schema/clusters.ts";
import * as environments from "./schema/environments.ts";
import * as hubSecrets from "./schema/hub-secrets.ts";
import * as projects from "./schema/projects.ts";
import * as runs from "./schema/runs.ts";
import * as schedules from "./schema/schedules.ts";
import * as work from "./schema/work.ts";

const folder = join(import.meta.dirname, "../../migrations/meta");

test("the migrations lead to the schema: nothing is left to generate", async () => {
  const journal = JSON.parse(readFileSync(join(folder, "_journal.json"), "utf8")) as {
    entries: { idx: number }[];
  };
  const last = String(journal.entries.at(-1)?.idx).padStart(4, "0");
  const kept = JSON.parse(readFileSync(join(folder, `${last}_snapshot.json`), "utf8"));
  const now = generateDrizzleJson(
    { ...clusters, ...environments, ...hubSecrets, ...projects, ...runs, ...schedules, ...work },
    kept.id,
  );
  expect(await generateMigration(kept, now)).toEqual([]);
});
