import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Puts `statement` as the first line into the one test method of this name; throws unless there is exactly one. */
async function inject(file: string, method: string, statement: string): Promise<void> {
  const source = await readFile(file, "utf8");
  const head = new RegExp(`^( +)def ${method}\\(self\\):\\n`, "gm");
  const found = [...source.matchAll(head)];
  if (found.length !== 1)
    throw new Error(`${file}: ${found.length} methods are called ${method}, expected one`);
  await writeFile(
    file,
    source.replace(head, (line, indent: string) => `${line}${indent}    ${statement}\n`),
  );
}

/** Breaks three cases of more-itertools and makes a fourth kill the interpreter. Returns their method names. */
export async function breakSuite(folder: string): Promise<{ broken: string[]; crashing: string }> {
  const file = join(folder, "tests/test_more.py");
  const broken = ["test_chunked", "test_consecutive_true", "test_after_emulation_no_sep"];
  for (const method of broken)
    await inject(file, method, `raise AssertionError("broken on purpose: ${method}")`);
  const crashing = "test_concurrent_consumers";
  await inject(file, crashing, "__import__('ctypes').string_at(0)");
  return { broken, crashing };
}
