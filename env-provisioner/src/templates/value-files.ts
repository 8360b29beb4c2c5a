import { readFile, stat } from "node:fs/promises";
import { limits } from "@seatrial/contracts/limits.ts";
import { OperationError } from "../operation-error.ts";
import { findInContent } from "./find-in-content.ts";
import { type ParsedDocument, parseYaml } from "./parse-yaml.ts";

export type ValueFile = { path: string; absolute: string; document: ParsedDocument | null };

/**
 * The value files of a chart, each read and checked before helm sees it: helm's own errors about them name no place
 * and quote values. Throws OperationError (`template_invalid`) with file and line.
 */
export async function readValueFiles(contentFolder: string, paths: readonly string[]): Promise<ValueFile[]> {
  const files: ValueFile[] = [];
  for (const path of paths) files.push(await readValueFile(contentFolder, path));
  return files;
}

async function readValueFile(contentFolder: string, path: string): Promise<ValueFile> {
  const refuse = (message: string, line: number | null = null) =>
    new OperationError("template_invalid", `${path}${line === null ? "" : `:${line}`}: ${message}`, {
      file: path,
      line,
    });
  const { absolute, isFolder } = await findInContent(contentFolder, path, "value file");
  if (isFolder) throw refuse("is a folder: name a YAML file with values");
  if ((await stat(absolute)).size > limits.jsonBodyBytes) throw refuse("has more than 1 MiB of values");
  const documents = parseYaml(await readFile(absolute, "utf8"), path);
  const [document = null, second] = documents;
  if (second) throw refuse("has more than one document: helm reads the first only", second.line);
  if (document !== null && !isMapping(document.value))
    throw refuse("must be keys and values at its top", document.line);
  return { path, absolute, document };
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Who set a value, or the part of it that was set: `values` written in seatrial.yaml, a file with its line, or neither. */
export type ValueSource = {
  name: string;
  place: { file: string; line: number } | null;
  path: readonly string[];
};

/** Written values win over files, and later files over earlier ones; the longest known part of the path is named. */
export function findValue(
  path: readonly string[],
  files: readonly ValueFile[],
  written: Record<string, unknown>,
): ValueSource | null {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    if (has(written, part)) return { name: "values", place: null, path: part };
    const file = files.findLast(({ document }) => has(document?.value, part));
    if (file?.document) {
      const line = file.document.lineOf(part);
      return { name: `${file.path}:${line}`, place: { file: file.path, line }, path: part };
    }
  }
  return null;
}

function has(value: unknown, path: readonly string[]): boolean {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}
