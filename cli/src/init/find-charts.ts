import type { FoundEnvironment, FoundPort } from "./found.ts";
import { isManifest, readDocuments, valueAt } from "./read-yaml-files.ts";
import { baseOf, folderOf, isBelow, type Repository } from "./repository.ts";

/** Names that mean a short-lived deployment, the likeliest first. */
export const previewWords = ["preview", "review", "ci", "test", "e2e", "dev", "development"];

/** Helm charts that can be installed by themselves: no libraries, and none that lie in another chart. */
export async function findCharts(repository: Repository): Promise<FoundEnvironment[]> {
  const folders = repository.files.filter((path) => baseOf(path) === "Chart.yaml").map(folderOf);
  const own = folders.filter(
    (folder) => !folders.some((other) => other !== folder && isBelow(folder, other)),
  );
  const charts: FoundEnvironment[] = [];
  for (const folder of own.slice(0, 20)) {
    const [chart] = readDocuments(await repository.read(inFolder(folder, "Chart.yaml")));
    if (chart !== undefined && chart.type !== "library") charts.push(await readChart(repository, folder));
  }
  return charts;
}

async function readChart(repository: Repository, folder: string): Promise<FoundEnvironment> {
  const values = await findValueFiles(repository, folder);
  const merged: unknown[] = [];
  for (const file of [inFolder(folder, "values.yaml"), ...values])
    merged.unshift(readDocuments(await repository.read(file))[0]);
  const lookUp: LookUp = (path) =>
    merged.map((one) => valueAt(one, path)).find((value) => value !== undefined);
  const templates = repository.files.filter(
    (path) => isBelow(path, inFolder(folder, "templates")) && /\.ya?ml$/.test(path),
  );
  const ports: FoundPort[] = [];
  let ready: FoundEnvironment["ready"] = null;
  for (const file of templates.slice(0, 100)) {
    const text = (await repository.read(file)) ?? "";
    if (/^kind: *Service *$/m.test(text) && !/helm\.sh\/hook/.test(text))
      ports.push(...portsOf(text, lookUp).map((port) => ({ ...port, from: file })));
    const path = /readinessProbe:[\s\S]{0,300}?path: *["']?(\/[A-Za-z0-9_./-]*)["']?\s*$/m.exec(text)?.[1];
    if (ready === null && path !== undefined) ready = { path, from: file };
  }
  const image = lookUp(["image", "repository"]);
  return {
    kind: "chart",
    path: folder === "" ? "." : folder,
    values,
    ports: uniquePorts(ports),
    ready,
    images: typeof image === "string" && isImageName(image) ? [image] : [],
  };
}

/** Value files for previews: in the chart, or in a folder above it. Only the likeliest is taken. */
async function findValueFiles(repository: Repository, chart: string): Promise<string[]> {
  const above = chart.split("/").map((_part, index, parts) => parts.slice(0, index).join("/"));
  const places = [chart, ...above.toReversed()];
  for (const word of previewWords)
    for (const folder of places)
      for (const name of [`values-${word}`, `values.${word}`, `${word}-values`, `${word}.values`, word]) {
        const file = ["yaml", "yml"].map((end) => inFolder(folder, `${name}.${end}`)).find(isThere);
        if (file === undefined) continue;
        const documents = readDocuments(await repository.read(file));
        if (
          documents.length === 1 &&
          documents.every((one) => !isManifest(one) && !Object.hasOwn(one, "services"))
        )
          return [file];
      }
  return [];

  function isThere(path: string): boolean {
    return repository.files.includes(path);
  }
}

type LookUp = (path: readonly string[]) => unknown;

/** `port:` lines of a Service's template: numbers, and values that the chart's files have. */
function portsOf(text: string, lookUp: LookUp): Omit<FoundPort, "from">[] {
  const block = text.split(/^---/m).find((one) => /^kind: *Service *$/m.test(one)) ?? "";
  const [type] = fieldsOf(block, "type", lookUp);
  return fieldsOf(block, "port", lookUp)
    .map(({ value, path }) => ({
      port: Number(value),
      name: path?.at(-1) ?? null,
      isOpen: isOpenType(type?.value),
    }))
    .filter(({ port }) => isPort(port));
}

/** Lines `key: x` and `key: {{ .Values.x }}` of a template, with what the values say. */
function fieldsOf(block: string, key: string, lookUp: LookUp): { value: unknown; path: string[] | null }[] {
  const field = new RegExp(
    `^\\s*(?:- )?${key}: *(?:(\\w{1,20})|\\{\\{-? *(?:int )?\\.Values\\.([\\w.]+)[^}]*\\}\\})\\s*$`,
    "gm",
  );
  return [...block.matchAll(field)].map(([, written, dotted]) => {
    const path = dotted === undefined ? null : dotted.split(".");
    return { value: path === null ? written : lookUp(path), path };
  });
}

export function isOpenType(type: unknown): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

export function uniquePorts(ports: readonly FoundPort[]): FoundPort[] {
  return ports
    .filter((one, index) => ports.findIndex(({ port }) => port === one.port) === index)
    .slice(0, 20);
}

export function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

export function isImageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._/:-]{0,200}$/.test(name);
}

export function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
