import { chmod, writeFile } from "node:fs/promises";
import { stringify } from "yaml";

/** Writes a chart's values so that only this user can read them: they hold a join token. Returns the file. */
export async function writeValues(file: string, values: object): Promise<string> {
  await writeFile(file, stringify(values), { mode: 0o600 });
  // An older file keeps the mode it had.
  await chmod(file, 0o600);
  return file;
}
