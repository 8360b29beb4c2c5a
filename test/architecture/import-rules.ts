import { posix } from "node:path";
import { isNode, isTestFile, type Rule, type SourceFile, violation, walk } from "./source-file.ts";

/** Who may import whom; contracts are open to all and not listed. `test` may import everything. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  hub: [],
  workflows: [],
  "hub-link": [],
  "kube-link": ["hub-link"],
  "cluster-agent": ["hub-link", "kube-link"],
  "env-provisioner": ["hub-link", "kube-link"],
  "infra/toolchain": [],
  "infra/lab": ["kube-link", "infra/toolchain"],
  "infra/bootstrap": [],
  // It makes the workflows' own code beside the worker.
  "infra/bundle": ["workflows"],
  cli: ["hub", "workflows", "env-provisioner", "infra/toolchain", "infra/lab"],
};
const everythingAllowed = "test";

/** Our packages are named after the last part of their folder. */
const roomOfPackage: Readonly<Record<string, string>> = { toolchain: "infra/toolchain", lab: "infra/lab" };

/** The room a file belongs to, or undefined for files at the top. */
export function roomOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts.length < 2) return undefined;
  return parts[0] === "infra" && parts.length > 2 ? `infra/${parts[1]}` : parts[0];
}

/** Dependencies between rooms point one way, and only by package name. */
export const importsPointOneWay: Rule = (file) => {
  const room = roomOf(file.path);
  if (room === undefined || room === everythingAllowed) return [];
  return importsOf(file).flatMap(({ specifier, start }) => {
    const target = targetRoom(file.path, specifier);
    if (target === undefined || target === room) return [];
    if (specifier.startsWith(".")) {
      return [violation(file, start, `imports "${specifier}" of another room; import by package name.`)];
    }
    if (target === "contracts" || allowedImports[room]?.includes(target)) return [];
    if (isTestFile(file.path) && target === "infra/toolchain") return [];
    return [violation(file, start, `${room} must not import ${target} ("${specifier}").`)];
  });
};

function targetRoom(from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return roomOf(posix.join(posix.dirname(from), specifier));
  const name = /^@seatrial\/([^/]+)/.exec(specifier)?.[1];
  return name === undefined ? undefined : (roomOfPackage[name] ?? name);
}

/** Static, re-exporting, dynamic and type imports, with where they stand. */
function importsOf(file: SourceFile): { specifier: string; start: number }[] {
  const found: { specifier: string; start: number }[] = [];
  walk(file.program, (node) => {
    const source = node.type === "TSImportType" ? (node.argument ?? node.source) : node.source;
    const importing = /^(Import|Export)\w*Declaration$|^ImportExpression$|^TSImportType$/.test(node.type);
    if (!importing || !isNode(source)) return undefined;
    const literal = isNode(source.literal) ? source.literal : source;
    if (typeof literal.value === "string") found.push({ specifier: literal.value, start: node.start });
    return undefined;
  });
  return found;
}
