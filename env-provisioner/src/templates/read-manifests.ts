import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "@seatrial/contracts/limits.ts";
import { OperationError } from "../operation-error.ts";
import { createVariables, isOneOutput, type Variables } from "./fill-variables.ts";
import { findInContent } from "./find-in-content.ts";
import type { ScalarVisitor } from "./parse-yaml.ts";
import type { RenderContext } from "./render-context.ts";
import { tooLarge } from "./run-tool.ts";
import { type SourcedObject, toObjects } from "./to-objects.ts";

export type Rendered = { objects: SourcedObject[]; leftOut: string[]; bytes: number };

/**
 * The objects of a YAML file, or of all `.yaml`, `.yml` and `.json` files of a folder and its folders, in the order of
 * their names. Variables are filled in after parsing, so a branch's name can never become YAML.
 */
export async function readManifests(path: string, context: RenderContext): Promise<Rendered> {
  const found = await findInContent(context.contentFolder, path, "manifest");
  const files = found.isFolder
    ? await listManifests(found.absolute, path)
    : [{ absolute: found.absolute, path }];
  if (files.length === 0)
    throw new OperationError("template_invalid", `${path} holds no .yaml, .yml or .json file`, {
      file: path,
      line: null,
    });
  const variables = createVariables(context);
  const objects: SourcedObject[] = [];
  let bytes = 0;
  for (const file of files) {
    bytes += (await stat(file.absolute)).size;
    if (bytes > limits.renderedBytes)
      throw new OperationError("template_invalid", `${file.path}: ${tooLarge}`, {
        file: file.path,
        line: null,
      });
    const text = await readFile(file.absolute, "utf8");
    objects.push(...toObjects(text, file.path, { onScalar: filler(file.path, variables) }));
  }
  return { objects, leftOut: [], bytes };
}

type ManifestFile = { absolute: string; path: string };

async function listManifests(folder: string, path: string): Promise<ManifestFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((absolute) => ({ absolute, path: join(path, absolute.slice(folder.length + 1)) }))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** An output that stands alone without quotes is read as if it were written there: `port: ${components.db.port}` is a number. */
function filler(file: string, variables: Variables): ScalarVisitor {
  return (scalar, line) => {
    const text = String(scalar.value);
    if (!text.includes("${")) return;
    const filled = variables.fill(text, `${file}:${line}`, { file, line });
    const isPlain = scalar.type === "PLAIN" && isOneOutput(text);
    scalar.value = isPlain && /^-?(0|[1-9]\d{0,14})$/.test(filled) ? Number(filled) : filled;
  };
}
