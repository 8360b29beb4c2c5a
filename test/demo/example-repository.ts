import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { findModuleFolder } from "@seatrial/toolchain/find-module-folder.ts";
import { podinfoModule } from "../support/environments-in-lab.ts";

const example = join(import.meta.dirname, "../../examples/podinfo");
const previewValues = "deploy/preview.yaml";

/** Texts by their path in the repository. */
export type RepositoryFiles = Readonly<Record<string, string>>;

export type ExampleRepository = {
  readonly base: RepositoryFiles;
  /** Another greeting: one test is red, and another one at first. */
  readonly renamed: RepositoryFiles;
  /** A greeting that starts as before, so that what is deployed is right again. */
  readonly fixed: RepositoryFiles;
};

/** `examples/podinfo` with podinfo's own chart in its place, and the two changes that the demo pushes. */
export async function readExampleRepository(): Promise<ExampleRepository> {
  const module = await findModuleFolder(...podinfoModule);
  const base = {
    ...(await readTexts(example, "")),
    ...(await readTexts(join(module, "charts/podinfo"), "deploy/chart/podinfo/")),
  };
  return {
    base,
    renamed: withGreeting(base, "hi from the pier"),
    fixed: withGreeting(base, "hello from the pier"),
  };
}

async function readTexts(folder: string, prefix: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts: Record<string, string> = {};
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/");
    if (!entry.isFile() || /(^|\/)(__pycache__|\.pytest_cache|node_modules)\//.test(path)) continue;
    texts[prefix + path] = await readFile(join(folder, path), "utf8");
  }
  return texts;
}

function withGreeting(files: RepositoryFiles, greeting: string): RepositoryFiles {
  const values = files[previewValues] ?? "";
  const changed = values.replace(/^( *message: ).*$/m, `$1${greeting}`);
  if (changed === values) throw new Error(`${previewValues} of the example has no message to change`);
  return { ...files, [previewValues]: changed };
}
