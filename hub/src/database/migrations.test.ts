import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../../migrations/meta");
const schemas = join(import.meta.dirname, "schema");

/** As `drizzle.config.ts` says: every file of the folder. */
async function readSchema(): Promise<Record<string, unknown>> {
  const names = readdirSync(schemas).filter((name) => name.endsWith(".ts"));
  const modules = await Promise.all(names.map((name) => import(join(schemas, name))));
  return Object.assign({}, ...modules);
}

test("the migrations lead to the schema: nothing is left to generate", async () => {
  const journal = JSON.parse(readFileSync(join(folder, "_journal.json"), "utf8")) as {
    entries: { idx: number }[];
  };
  const last = String(journal.entries.at(-1)?.idx).padStart(4, "0");
  const kept = JSON.parse(readFileSync(join(folder, `${last}_snapshot.json`), "utf8"));
  const now = generateDrizzleJson(await readSchema(), kept.id);
  expect(await generateMigration(kept, now)).toEqual([]);
});
