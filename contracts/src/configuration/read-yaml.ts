import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { limits } from "../limits.ts";
import { checkKeys } from "./check-keys.ts";
import type { ConfigurationError, FieldPath } from "./configuration-error.ts";

/** Aliases one file may hold, and how often their contents may be repeated: far above use, far below a bomb. */
const aliasLimit = 100;

export type Position = { line: number; column: number };

/** A YAML file read: its plain value, and where in the text each path of it stands. */
export type YamlFile = {
  value: unknown;
  /** Where the key (`on: "key"`) or the value at this path stands; the nearest parent's place when it is missing. */
  positionOf: (path: FieldPath, on: "key" | "value") => Position;
};

/**
 * Reads exactly one YAML 1.2 document of at most `limits.configurationBytes` bytes. Refuses duplicate keys, tabs as
 * indentation, unknown tags, and more keys and aliases than any honest file has. Never throws.
 */
export function readYaml(text: string): YamlFile | { errors: ConfigurationError[] } {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > limits.configurationBytes)
    return refuse(
      `the file has ${bytes} bytes; at most ${limits.configurationBytes} are read`,
      "split or shorten it",
    );
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      merge: true,
      prettyErrors: false,
    });
    const { keys, duplicates } = checkKeys(document);
    if (keys > limits.configurationKeys)
      return refuse(
        `the file has ${keys} keys; at most ${limits.configurationKeys} are read`,
        "split or shorten it",
      );
    const errors = [
      ...[...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
        ...{ ...place(lines, pos[0]), field: "", ...explain(code, message) },
      })),
      ...duplicates.map((offset) => ({ ...place(lines, offset), field: "", ...twice })),
    ];
    if (errors.length > 0) return { errors: firstAtEachPlace(errors).slice(0, 5) };
    const refused = refuseNodes(document, lines);
    if (refused) return { errors: [refused] };
    const value: unknown = document.toJS({ maxAliasCount: aliasLimit });
    return { value, positionOf: (path, on) => locate(document, lines, path, on) };
  } catch (error) {
    if (error instanceof RangeError) return refuse("it is nested too deeply", "use fewer levels");
    if (error instanceof ReferenceError)
      return refuse(
        "its aliases repeat their contents too often",
        "write the values out instead of using *aliases",
      );
    throw error;
  }
}

function refuse(message: string, fix: string): { errors: ConfigurationError[] } {
  return { errors: [{ line: 1, column: 1, field: "", message, fix }] };
}

function refuseNodes(document: Document, lines: LineCounter): ConfigurationError | null {
  let aliases = 0;
  let refused: ConfigurationError | null = null;
  visit(document, (_key, node) => {
    if (isAlias(node)) aliases += 1;
    if (aliases > aliasLimit && isAlias(node))
      refused = {
        ...place(lines, node.range?.[0] ?? 0),
        field: "",
        message: `more than ${aliasLimit} aliases`,
        fix: "write the values out instead of using *aliases",
      };
    else if (isScalar(node) && node.value === "__proto__")
      refused = { ...place(lines, node.range?.[0] ?? 0), field: "", message: "'__proto__' is not allowed" };
    return refused ? visit.BREAK : undefined;
  });
  return refused;
}

const twice = { message: "this key is written twice", fix: "keep one of them" };

const explanations: Record<string, { message: string; fix: string }> = {
  TAB_AS_INDENT: { message: "a tab is used as indentation", fix: "use spaces: YAML allows no tabs there" },
  MULTIPLE_DOCS: { message: "there is more than one document", fix: "keep one, without '---' between parts" },
};

function explain(code: string, message: string): { message: string; fix?: string } {
  if (message.includes("call stack")) return { message: "it is nested too deeply", fix: "use fewer levels" };
  return explanations[code] ?? { message: `not valid YAML: ${message}` };
}

/** One mistake often makes the reader complain many times at one place; only the first says anything. */
function firstAtEachPlace(errors: ConfigurationError[]): ConfigurationError[] {
  const seen = new Set<string>();
  return errors.filter(({ line, column }) => {
    const isNew = !seen.has(`${line}:${column}`);
    seen.add(`${line}:${column}`);
    return isNew;
  });
}

function place(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function locate(document: Document, lines: LineCounter, path: FieldPath, on: "key" | "value"): Position {
  let node = document.contents as Node | null;
  let keyStart = node?.range?.[0] ?? 0;
  let valueStart = keyStart;
  for (const part of path) {
    const step = stepInto(document, node, part);
    if (!step) return place(lines, path.length > 0 ? keyStart : valueStart);
    keyStart = step.key?.range?.[0] ?? step.value?.range?.[0] ?? keyStart;
    valueStart = step.value?.range?.[0] ?? keyStart;
    node = step.value;
  }
  return place(lines, on === "key" ? keyStart : valueStart);
}

type Step = { key: Node | null; value: Node | null };

function stepInto(document: Document, at: Node | null, part: string | number): Step | null {
  const node = isAlias(at) ? (at.resolve(document) ?? null) : at;
  if (isSeq(node) && typeof part === "number")
    return { key: null, value: (node.items[part] as Node | undefined) ?? null };
  if (!isMap(node)) return null;
  const found = stepsOf(node).get(String(part));
  if (found) return found;
  for (const pair of node.items) {
    if (!isScalar(pair.key) || pair.key.source !== "<<") continue;
    const merged = stepInto(document, pair.value as Node | null, part);
    if (merged) return merged;
  }
  return null;
}

const knownSteps = new WeakMap<YAMLMap, Map<string, Step>>();

/** A map's keys, gathered once: a file with a thousand mistakes asks for a thousand places. */
function stepsOf(map: YAMLMap): Map<string, Step> {
  const known = knownSteps.get(map);
  if (known) return known;
  const steps = new Map<string, Step>();
  for (const { key, value } of map.items)
    if (isScalar(key) && !steps.has(String(key.value)))
      steps.set(String(key.value), { key, value: value as Node | null });
  knownSteps.set(map, steps);
  return steps;
}
