import { checkKeys } from "@seatrial/contracts/configuration/check-keys.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { type Document, LineCounter, parseAllDocuments, type Scalar, type Tags, visit } from "yaml";
import { OperationError } from "../operation-error.ts";

export type ParsedDocument = {
  value: unknown;
  /** Line in the text at which its content begins. */
  line: number;
  /** The comment lines before it, without `#`. */
  comment: string;
  /** Where in the text a path of it stands; the nearest parent's line when it is missing. */
  lineOf: (path: readonly (string | number)[]) => number;
};

export type ScalarVisitor = (scalar: Scalar, line: number, column: number) => void;

/**
 * The documents of a YAML stream as Kubernetes' own tools read them: YAML 1.1's booleans and octal numbers, merge keys,
 * no dates, sets or base-60 numbers. Empty documents are left out. Throws OperationError (`template_invalid`) with
 * the line; the message holds nothing of the text.
 */
export function parseYaml(text: string, file: string, onScalar?: ScalarVisitor): ParsedDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: "yaml-1.1",
    merge: true,
    customTags: kubernetesTags,
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: "silent",
  });
  if ("empty" in documents) return [];
  return documents.flatMap((document) => {
    refuseBroken(document, file, lines);
    if (document.contents === null) return [];
    if (onScalar) visitScalars(document, lines, onScalar);
    const line = lines.linePos(document.contents.range?.[0] ?? 0).line;
    const comment = [document.commentBefore, document.contents.commentBefore].filter(Boolean).join("\n");
    return [{ value: toPlain(document, file, line), line, comment, lineOf: locator(document, lines, line) }];
  });
}

/** The first error of its text, or of its keys. */
function refuseBroken(document: Document, file: string, lines: LineCounter): void {
  const refuse = (offset: number, why: string) => {
    const { line } = lines.linePos(offset);
    return new OperationError("template_invalid", `${file}:${line}: ${why}`, { file, line });
  };
  const { keys, duplicates } = checkKeys(document);
  if (keys > limits.documentKeys)
    throw refuse(
      document.contents?.range?.[0] ?? 0,
      `has ${keys} keys in one document, at most ${limits.documentKeys} are read: split it, or load large data when the pod starts`,
    );
  const [error] = [
    ...document.errors.map(({ code, pos }) => ({ code, offset: pos[0] })),
    ...duplicates.slice(0, 1).map((offset) => ({ code: "DUPLICATE_KEY", offset })),
  ].toSorted((left, right) => left.offset - right.offset);
  if (error) throw refuse(error.offset, `not valid YAML: ${explain(error.code)}`);
}

/** What go-yaml resolves: no timestamps, no base-60 numbers, none of YAML 1.1's collection types. */
function kubernetesTags(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag !== "object") return !["timestamp", "binary", "omap", "pairs", "set"].includes(tag);
    if (/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag ?? "")) return false;
    return !("format" in tag && tag.format === "TIME");
  });
}

/** Far above use, far below a bomb. */
const aliasLimit = 1_000;

function toPlain(document: Document, file: string, line: number): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasLimit });
  } catch {
    const message = `${file}:${line}: its aliases repeat too much or are not known: write the values out`;
    throw new OperationError("template_invalid", message, { file, line });
  }
}

/** The parser's own words, unless they could quote the text. */
function explain(code: string): string {
  const words: Record<string, string> = {
    TAB_AS_INDENT: "a tab is used as indentation: use spaces",
    DUPLICATE_KEY: "a key is written twice: keep one",
    BAD_ALIAS: "an alias has no anchor before it",
    MULTILINE_IMPLICIT_KEY: "a ':' is missing, or a text over several lines needs quotes",
    BAD_INDENT: "the indentation does not fit",
    MISSING_CHAR: "a bracket, quote or comma is missing",
    UNEXPECTED_TOKEN: "something stands where it cannot",
    BLOCK_AS_IMPLICIT_KEY: "a second ':' in one line: put the value in quotes",
  };
  return words[code] ?? code.toLowerCase().replaceAll("_", " ");
}

function visitScalars(document: Document, lines: LineCounter, onScalar: ScalarVisitor): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string") return;
      const { line, col } = lines.linePos(node.range?.[0] ?? 0);
      onScalar(node, line, col);
    },
  });
}

function locator(document: Document, lines: LineCounter, start: number): ParsedDocument["lineOf"] {
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      const range = typeof node === "object" && node !== null ? Reflect.get(node, "range") : undefined;
      if (Array.isArray(range) && typeof range[0] === "number") return lines.linePos(range[0]).line;
    }
    return start;
  };
}
