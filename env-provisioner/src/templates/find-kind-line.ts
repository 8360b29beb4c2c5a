import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourcedObject } from "./to-objects.ts";

/**
 * The same objects with lines, where their file leaves no doubt: it says `kind: <Kind>` once, or once near the name.
 * Helm and kustomize tell files only.
 */
export async function addLines(
  objects: readonly SourcedObject[],
  contentFolder: string,
): Promise<SourcedObject[]> {
  const texts = new Map<string, string[]>();
  const located: SourcedObject[] = [];
  for (const { object, source } of objects) {
    const { file } = source;
    const lines = texts.get(file) ?? (await readLines(join(contentFolder, file)));
    texts.set(file, lines);
    const line = source.line ?? findKindLine(lines, object.kind, object.metadata.name);
    located.push({ object, source: { file, line } });
  }
  return located;
}

/** A file inside a packed subchart cannot be read; then there is no line. */
async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.length > 1_000_000 ? [] : text.split("\n");
}

function findKindLine(lines: readonly string[], kind: string, name: string): number | null {
  const wanted = lines.flatMap((line, index) => (isKind(line, kind) ? [index] : []));
  const [only, second] = wanted;
  if (only === undefined) return null;
  if (second === undefined) return only + 1;
  // Several of one kind: the name stands in the same document, as it is or with a prefix or suffix to come.
  const named = wanted.filter((index) => documentAt(lines, index).some((line) => saysName(line, name)));
  const [first, other] = named;
  return first !== undefined && other === undefined ? first + 1 : null;
}

function isKind(line: string, kind: string): boolean {
  const written = /^\s*(?:- )?kind:\s*["']?([A-Za-z]+)["']?\s*(?:#.*)?$/.exec(line)?.[1];
  return written === kind;
}

function documentAt(lines: readonly string[], index: number): readonly string[] {
  const start = lines.slice(0, index).findLastIndex((line) => line.startsWith("---"));
  const end = lines.slice(index).findIndex((line) => line.startsWith("---"));
  return lines.slice(start + 1, end < 0 ? undefined : index + end);
}

function saysName(line: string, name: string): boolean {
  return /^\s*name:\s*["']?([^\s"']+)/.exec(line)?.[1] === name;
}
