import { isNode, type Rule, type SourceFile, type SyntaxNode, violation, walk } from "./source-file.ts";

/**
 * Inside a transaction only its own handle is used: PGlite has one connection, so the outer handle waits for the
 * transaction that waits for it.
 */
export const transactionsUseTheirHandle: Rule = (file) => {
  const found = new Set<string>();
  walk(file.program, (node) => {
    const call = readTransaction(file, node);
    if (call === undefined) return undefined;
    walk(call.body, (inner, parent) => {
      if (isUse(file, inner, parent, call)) {
        found.add(
          violation(
            file,
            inner.start,
            `${textOf(file, inner)} is used inside its own transaction; use the callback's handle.`,
          ),
        );
      }
      return undefined;
    });
    return undefined;
  });
  return [...found];
};

type Transaction = { outer: string; shadowed: ReadonlySet<unknown>; body: SyntaxNode };

/** `<outer>.transaction(callback)`, else undefined. */
function readTransaction(file: SourceFile, node: SyntaxNode): Transaction | undefined {
  const callee = node.callee;
  if (node.type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression")
    return undefined;
  if (!isNode(callee.property) || callee.property.name !== "transaction") return undefined;
  const callback = Array.isArray(node.arguments) ? node.arguments[0] : undefined;
  if (!isNode(callback) || !isNode(callback.body) || !isNode(callee.object)) return undefined;
  const parameters = Array.isArray(callback.params) ? callback.params : [];
  const shadowed = new Set(parameters.filter(isNode).map((parameter) => parameter.name));
  return { outer: textOf(file, callee.object), shadowed, body: callback.body };
}

/** The same expression as before `.transaction`, or anything called `db`. */
function isUse(
  file: SourceFile,
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  call: Transaction,
): boolean {
  if (node.type === "MemberExpression") {
    const property = node.property;
    if (textOf(file, node) === call.outer) return true;
    return isNode(property) && property.name === "db" && !node.computed;
  }
  if (node.type !== "Identifier" || call.shadowed.has(node.name) || isName(node, parent)) return false;
  return node.name === "db" || node.name === call.outer;
}

/** Is this identifier only the name of a property? `{ db }` is a use, `{ db: tx }` and `x.db` are names. */
function isName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent?.type === "Property" && parent.key === node && !parent.shorthand;
}

function textOf(file: SourceFile, node: SyntaxNode): string {
  return file.text.slice(node.start, node.end);
}
