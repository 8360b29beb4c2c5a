import { basename } from "node:path";
import { isNode, isTestFile, type Rule, type SyntaxNode, violation, walk } from "./source-file.ts";

const maximumLines = 250;

/** The environment is read once, where the configuration is parsed. */
export const environmentOnlyInConfig: Rule = (file) => {
  if (basename(file.path) === "config.ts" || file.path.startsWith("infra/bootstrap/")) return [];
  const found: string[] = [];
  walk(file.program, (node) => {
    if (isProcessEnv(node) || importsEnv(node)) {
      found.push(
        violation(file, node.start, "process.env is read outside config.ts; take it as configuration."),
      );
    }
    return undefined;
  });
  return found;
};

function isProcessEnv(node: SyntaxNode): boolean {
  if (node.type !== "MemberExpression" && node.type !== "VariableDeclarator") return false;
  const of = node.object ?? node.init;
  if (!isNode(of) || of.name !== "process") return false;
  if (isNode(node.property)) return node.property.name === "env" || node.property.value === "env";
  const pattern = node.id;
  const properties = isNode(pattern) && Array.isArray(pattern.properties) ? pattern.properties : [];
  return properties.some((property) => isNode(property.key) && property.key.name === "env");
}

function importsEnv(node: SyntaxNode): boolean {
  return node.type === "ImportSpecifier" && isNode(node.imported) && node.imported.name === "env";
}

/** A file says what it holds; nothing only passes on what others hold. */
export const noBarrels: Rule = (file) => {
  const statements = bodyOf(file.program);
  const passedOn = statements.filter(
    (node) =>
      node.type === "ExportAllDeclaration" || (node.type === "ExportNamedDeclaration" && isNode(node.source)),
  );
  const isBarrel =
    passedOn.length > 0 &&
    (passedOn.length === statements.length || /^index\.\w+$/.test(basename(file.path)));
  const everything = passedOn.filter((node) => node.type === "ExportAllDeclaration");
  const wrong = isBarrel ? passedOn : everything;
  return wrong
    .slice(0, 1)
    .map((node) => violation(file, node.start, "is a barrel; import from the file that defines it."));
};

/** Frameworks' configuration files have no choice. */
export const noDefaultExports: Rule = (file) => {
  if (/\.config\.[mc]?[jt]s$/.test(file.path)) return [];
  return bodyOf(file.program)
    .filter((node) => node.type === "ExportDefaultDeclaration" || exportsAsDefault(node))
    .map((node) => violation(file, node.start, "has a default export; export by name."));
};

function exportsAsDefault(node: SyntaxNode): boolean {
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers : [];
  return (
    node.type === "ExportNamedDeclaration" &&
    specifiers.some((each) => isNode(each.exported) && each.exported.name === "default")
  );
}

export const noUtils: Rule = (file) =>
  /^utils?\.[mc]?[jt]s$/.test(basename(file.path))
    ? [violation(file, 0, "says nothing by its name; name the file after what it does.")]
    : [];

export const filesStayShort: Rule = (file) => {
  const lines = file.text.trimEnd().split("\n").length;
  if (lines <= maximumLines || isTestFile(file.path)) return [];
  return [violation(file, 0, `has ${lines} lines; ${maximumLines} is the limit, split it by what it does.`)];
};

function bodyOf(program: SyntaxNode): SyntaxNode[] {
  return Array.isArray(program.body) ? program.body.filter(isNode) : [];
}
