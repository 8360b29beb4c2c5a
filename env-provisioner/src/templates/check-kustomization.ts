import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OperationError } from "../operation-error.ts";
import { findInContent } from "./find-in-content.ts";
import { type ParsedDocument, parseYaml } from "./parse-yaml.ts";
import { isMapping } from "./value-files.ts";

const fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const bases = ["resources", "bases", "components"];
/** Configurations of what is built into kustomize; plugins are switched off. */
const builtIns = ["generators", "transformers", "validators"];
/** Fields that fetch charts and run helm. */
const refused = ["helmCharts", "helmChartInflationGenerator", "helmGlobals"];
/** Other fields that name files. */
const pathKeys = ["path", "files", "envs", "env", "crds", "configurations", "patchesStrategicMerge"];
const foldersAtMost = 100;

/**
 * Walks a kustomization and its bases before kustomize does. Throws OperationError (`template_invalid`) with file and
 * line for a url (kustomize would fetch it), a base outside the content, and plugins.
 */
export async function checkKustomization(path: string, contentFolder: string): Promise<void> {
  const queue = [clean(path)];
  const seen = new Set(queue);
  for (const folder of queue) {
    const file = await readKustomization(folder, contentFolder);
    if (file === null) continue;
    for (const base of await checkFile(file, folder, contentFolder)) {
      if (seen.has(base)) continue;
      seen.add(base);
      queue.push(base);
      if (seen.size > foldersAtMost)
        throw new OperationError("template_invalid", `${path}: has more than ${foldersAtMost} bases`, {
          file: path,
          line: null,
        });
    }
  }
}

type KustomizationFile = { path: string; document: ParsedDocument };

/** Null: there is none, which kustomize itself explains. */
async function readKustomization(folder: string, contentFolder: string): Promise<KustomizationFile | null> {
  for (const name of fileNames) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const text = await readFile(join(contentFolder, path), "utf8").catch(() => null);
    const [document] = text === null ? [] : parseYaml(text, path);
    if (document) return { path, document };
  }
  return null;
}

/** The folders that it builds upon, as paths of the content. */
async function checkFile(file: KustomizationFile, folder: string, contentFolder: string): Promise<string[]> {
  const { value } = file.document;
  if (!isMapping(value)) return [];
  const wrong = (path: readonly (string | number)[], message: string) => {
    const line = file.document.lineOf(path);
    return new OperationError("template_invalid", `${file.path}:${line}: ${message}`, {
      file: file.path,
      line,
    });
  };
  const plugin = refused.find((key) => value[key] !== undefined);
  if (plugin) throw wrong([plugin], `${plugin} is not supported: make the chart a component of its own`);
  refuseUrls(value, [], wrong);
  const folders: string[] = [];
  for (const key of [...bases, ...builtIns])
    for (const [index, entry] of list(value[key]).entries()) {
      const inner = await checkEntry(String(entry), folder, contentFolder, (message) =>
        wrong([key, index], message),
      );
      if (inner.isFolder) folders.push(inner.path);
      else if (builtIns.includes(key)) await checkBuiltIn(inner.path, contentFolder);
    }
  return folders;
}

async function checkEntry(
  entry: string,
  folder: string,
  contentFolder: string,
  wrong: (message: string) => OperationError,
): Promise<{ path: string; isFolder: boolean }> {
  if (entry.includes("\n")) throw wrong("stands inline: put it into a file and name that");
  if (isRemote(entry)) throw wrong(remote);
  const path = resolveIn(folder, entry);
  if (path === null) throw wrong(`${entry} leads out of the content: keep it inside`);
  const { isFolder } = await findInContent(contentFolder, path, "file or folder").catch((error: Error) => {
    throw wrong(error.message);
  });
  return { path, isFolder };
}

/** A built-in's configuration may name files too. */
async function checkBuiltIn(path: string, contentFolder: string): Promise<void> {
  for (const document of parseYaml(await readFile(join(contentFolder, path), "utf8"), path))
    refuseUrls(document.value, [], (at, message) => {
      const line = document.lineOf(at);
      return new OperationError("template_invalid", `${path}:${line}: ${message}`, { file: path, line });
    });
}

/** Every list of files may hold `key=path`; inline patches stand over several lines and are no paths. */
function refuseUrls(
  value: unknown,
  path: readonly (string | number)[],
  wrong: (path: readonly (string | number)[], message: string) => OperationError,
): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseUrls(item, [...path, index], wrong);
    return;
  }
  if (typeof value === "string") {
    const key = path.findLast((part) => typeof part === "string");
    const isPath = pathKeys.includes(String(key)) && !value.includes("\n");
    if (isPath && isRemote(value.replace(/^[\w.-]+=/, ""))) throw wrong(path, remote);
    return;
  }
  if (!isMapping(value)) return;
  for (const [key, item] of Object.entries(value)) refuseUrls(item, [...path, key], wrong);
}

const remote =
  "names an address, and nothing is fetched: put its files into the repository and name their folder";

/** What kustomize would take for a url or a git repository. */
function isRemote(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:/i.test(text) ||
    /^(git@|gh:|github\.com|bitbucket\.org|gitlab\.com|[\w-]+@)/i.test(text) ||
    /\.git(\/|\?|$)|\?(ref|version|timeout|submodules)=|_git\//.test(text)
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null: out of the content. */
function resolveIn(folder: string, path: string): string | null {
  if (path.startsWith("/")) return null;
  const parts: string[] = folder === "" ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}

function clean(path: string): string {
  return resolveIn("", path) ?? "";
}
