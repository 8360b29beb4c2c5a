import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vitest/node";

export const repositoryRoot = join(import.meta.dirname, "../..");

export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>;
export type SourceFile = {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
};
/** `path:line: what is wrong and what to do instead`. */
export type Violation = string;
export type Rule = (file: SourceFile) => readonly Violation[];

export function parseSource(path: string, text: string): SourceFile {
  try {
    const program = parseAst(text, { lang: path.endsWith(".ts") ? "ts" : "js" });
    return { path, text, program: program as unknown as SyntaxNode };
  } catch (error) {
    throw new Error(`${path} could not be parsed`, { cause: error });
  }
}

/** What git tracks or would track, so nothing ignored is judged. */
export function listRepositoryFiles(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: repositoryRoot,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed.split("\0").filter((path) => path !== "" && existsSync(join(repositoryRoot, path)));
}

export function readRepositoryFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

export function isTestFile(path: string): boolean {
  return /\.test\.ts$|^test\/|\/(fixtures|testing)\//.test(path);
}

/** Calls `visit` for a node and everything below it, parents first. Returning false leaves the children out. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => boolean | undefined,
): void {
  const go = (current: SyntaxNode, parent: SyntaxNode | undefined): void => {
    if (visit(current, parent) === false) return;
    for (const value of Object.values(current)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) go(child, current);
    }
  };
  go(node, undefined);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

export function violation(file: { path: string; text: string }, offset: number, message: string): Violation {
  const line = file.text.slice(0, offset).split("\n").length;
  return `${file.path}:${line}: ${message}`;
}
