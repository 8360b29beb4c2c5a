import { OperationError, type SourcePlace } from "../operation-error.ts";
import { findValue, type ValueFile } from "./value-files.ts";

export type ChartCall = {
  /** The chart's folder in the content. */
  path: string;
  valueFiles: readonly ValueFile[];
  values: Record<string, unknown>;
  /** Text of a template of the chart, to see which words of a message are its own; null: not to be had. */
  readTemplate: (file: string) => Promise<string | null>;
};

/**
 * What helm said, as an error that names template, line and value, and quotes no value: helm's own messages hold
 * values (`range can't iterate over …`, `fail` with anything in it), and values may be secrets.
 */
export async function explainChart(stderr: string, call: ChartCall): Promise<OperationError> {
  return (
    explainDependencies(stderr, call) ??
    explainSchema(stderr, call) ??
    (await explainTemplate(stderr, call)) ??
    explainRest(stderr, call)
  );
}

function explainDependencies(stderr: string, call: ChartCall): OperationError | null {
  const missing = /missing in charts\/ directory: ([A-Za-z0-9_., -]{1,300})/.exec(stderr)?.[1];
  if (missing === undefined) return null;
  const file = `${call.path}/Chart.yaml`;
  const fix = "run helm dependency build there, and see that .gitignore does not leave charts/ out";
  return new OperationError(
    "render_failed",
    `${file}: dependencies are missing in charts/: ${missing.trim()} (${fix})`,
    {
      file,
      line: null,
    },
  );
}

/** `- at '/replicaCount': got string, want integer`, from a chart's values.schema.json. */
function explainSchema(stderr: string, call: ChartCall): OperationError | null {
  if (!stderr.includes("don't meet the specifications of the schema")) return null;
  const first = /- at '((?:\/[^']*)?)': (.*)/.exec(stderr);
  const path = (first?.[1] ?? "").split("/").filter((part) => part !== "");
  const said = first?.[2] ?? "";
  const what =
    /^got \w+, want [\w ,]+$/.exec(said)?.[0] ??
    /^(missing propert|additional propert)\w+ [\w', .-]+/.exec(said)?.[0] ??
    "does not fit";
  const found = findValue(path, call.valueFiles, call.values);
  const where = found?.name ?? `${call.path}/values.yaml`;
  const message = `${where}: ${path.join(".") || "the values"}: ${what} (the chart's values.schema.json says so)`;
  return new OperationError("template_invalid", message, found?.place ?? null);
}

type Position = { file: string; line: number | null };

async function explainTemplate(stderr: string, call: ChartCall): Promise<OperationError | null> {
  const place = findPosition(stderr, call.path);
  if (place === null) return null;
  const expression = /at <([^<>]{1,200})>:/.exec(stderr)?.[1];
  const what = (await safeReason(stderr, place, call)) ?? "helm refuses it";
  const value = valuePath(expression);
  const found = value === null ? null : findValue(value, call.valueFiles, call.values);
  const at = expression === undefined ? "" : ` at {{ ${expression} }}`;
  const hint = found === null ? "" : ` (${found.path.join(".")} is set in ${found.name})`;
  const where = place.line === null ? place.file : `${place.file}:${place.line}`;
  return new OperationError("render_failed", `${where}: ${what}${at}${hint}`, place);
}

const positions = [
  // Go templates: the first is the outermost, the file people know.
  /^(?:Error: )?(?:template: )?([^\s:]+\.\w+):(\d+):\d+/m,
  /execution error at \(([^\s:()]+):(\d+)(?::\d+)?\)/,
  /parse error at \(([^\s:()]+):(\d+)\)/,
  /YAML parse error on ([^\s:]+):/,
];

function findPosition(stderr: string, chart: string): Position | null {
  for (const pattern of positions) {
    const [, file, line] = pattern.exec(stderr) ?? [];
    if (file !== undefined)
      return { file: inContent(file, chart), line: line === undefined ? null : Number(line) };
  }
  return null;
}

/** Helm names templates by the chart's name: `podinfo/templates/x.yaml` is `<folder of the chart>/templates/x.yaml`. */
export function inContent(template: string, chart: string): string {
  const inside = template.slice(template.indexOf("/") + 1);
  return chart === "" ? inside : `${chart.replace(/\/$/, "")}/${inside}`;
}

/** Reasons that hold types and names of functions only. */
const reasons = [
  /can't evaluate field \w+ in type [\w.{} *[\]]+/,
  /nil pointer evaluating [\w.{} *[\]]+/,
  /wrong type for value; expected [\w.{}*[\]]+; got [\w.{}*[\]]+/,
  /invalid value; expected [\w.{}*[\]]+/,
  /incompatible types for comparison/,
  /range can't iterate over/,
  /function "\w+" not defined/,
  /undefined variable "\$\w+"/,
  /no template "[\w./-]+" associated with template/,
  /unexpected (?:"[^"]{1,3}"|EOF|\{\{end\}\}|\{\{else\}\})(?: in \w+)?/,
  /unclosed action(?: started at [\w./-]+:\d+)?/,
  /unterminated [\w ]+/,
  /rendered manifests contain a resource that/,
  /yaml: line \d+: [a-z' ]+(?:$|\n)/,
];

async function safeReason(stderr: string, place: Position, call: ChartCall): Promise<string | null> {
  for (const pattern of reasons) {
    const said = pattern.exec(stderr)?.[0].trim();
    if (said !== undefined)
      return said.replace(/^yaml: line (\d+):/, "line $1 of what it renders is no YAML:");
  }
  const own = /execution error at \([^)]*\): ([^\n]+)/.exec(stderr)?.[1]?.trim();
  if (own === undefined) return null;
  // `fail` and `required`: a message that stands in the template word for word holds no value.
  const text = await call.readTemplate(place.file);
  return text?.includes(own) ? `"${own.slice(0, 300)}"` : "the chart's own check refuses these values";
}

/** `.Values.redis.enabled` → redis, enabled. */
function valuePath(expression: string | undefined): string[] | null {
  const path = /\.Values\.([\w.]+)/.exec(expression ?? "")?.[1];
  return path === undefined ? null : path.split(".").filter((part) => part !== "");
}

function explainRest(stderr: string, call: ChartCall): OperationError {
  const place: SourcePlace = { file: `${call.path}/Chart.yaml`, line: null };
  const needs =
    /chart requires kubeVersion: [^\n]{1,100} which is incompatible with Kubernetes [\w.+-]+/.exec(stderr);
  if (needs) return new OperationError("render_failed", `${place.file}: ${needs[0]}`, place);
  if (/unable to detect chart|Chart\.yaml file is missing|validation: chart\.metadata/.test(stderr))
    return new OperationError(
      "template_invalid",
      `${call.path}: is no Helm chart: Chart.yaml is missing or wrong`,
      place,
    );
  const files = call.valueFiles.map(({ path }) => ` -f ${path}`).join("");
  const message = `${call.path}: helm cannot render it (see why with: helm template ${call.path}${files})`;
  return new OperationError("render_failed", message, place);
}
