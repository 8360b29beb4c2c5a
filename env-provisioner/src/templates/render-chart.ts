import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TemplateComponent } from "@seatrial/contracts/environments/environment-template.ts";
import { OperationError } from "../operation-error.ts";
import { explainChart, inContent } from "./chart-error.ts";
import { createVariables, fillValue } from "./fill-variables.ts";
import { findInContent } from "./find-in-content.ts";
import { addLines } from "./find-kind-line.ts";
import type { Rendered } from "./read-manifests.ts";
import type { RenderContext } from "./render-context.ts";
import { runTool } from "./run-tool.ts";
import { type FindSource, placeOf, type SourcedObject, toObjects } from "./to-objects.ts";
import { isMapping, readValueFiles } from "./value-files.ts";

/**
 * The objects of a Helm chart, as `helm template --include-crds` renders them for the target cluster, with the component's name as
 * the release's. Hooks are rendered too, only to find them: tests are left out and listed, all others refused.
 * `folder`: an empty folder of this call.
 */
export async function renderChart(
  component: TemplateComponent,
  context: RenderContext,
  folder: string,
): Promise<Rendered> {
  const chart = await findInContent(context.contentFolder, component.path, "chart");
  if (!chart.isFolder)
    throw new OperationError("template_invalid", `${component.path} is a file: name the chart's folder`, {
      file: component.path,
      line: null,
    });
  const valueFiles = await readValueFiles(context.contentFolder, component.valueFiles);
  const filled = fillValue(
    component.values,
    `values of component ${component.name}`,
    createVariables(context),
  );
  const values = isMapping(filled) ? filled : {};
  const valuesFile = join(folder, "values.json");
  await writeFile(valuesFile, JSON.stringify(values), { mode: 0o600 });
  const answer = await runTool({
    program: context.tools.helm,
    words: [
      ...["template", component.name, chart.absolute, "--include-crds"],
      ...["--namespace", context.namespace, "--kube-version", context.target.kubeVersion],
      ...(context.target.apiVersions.length > 0
        ? ["--api-versions", context.target.apiVersions.join(",")]
        : []),
      ...[...valueFiles.map(({ absolute }) => absolute), valuesFile].flatMap((file) => ["--values", file]),
    ],
    folder,
    signal: context.signal,
  });
  const readTemplate = (file: string) =>
    readFile(join(context.contentFolder, file), "utf8").catch(() => null);
  if (answer.exitCode !== 0)
    throw await explainChart(answer.stderr, { path: component.path, valueFiles, values, readTemplate });
  refuseUnknownHooks(answer.stderr, component.path);
  const found = toObjects(answer.stdout, component.path, { findSource: sourceFinder(component.path) });
  const objects = await addLines(found, context.contentFolder);
  return { ...splitHooks(objects), bytes: Buffer.byteLength(answer.stdout) };
}

/** Helm writes `# Source: <chart>/templates/x.yaml` before each object. */
function sourceFinder(chart: string): FindSource {
  return ({ comment }) => {
    const template = /^[ \t]*Source: (\S+)[ \t]*$/m.exec(comment)?.[1];
    return { file: template === undefined ? chart : inContent(template, chart), line: null };
  };
}

const testHooks = ["test", "test-success", "test-failure"];

function splitHooks(objects: readonly SourcedObject[]): { objects: SourcedObject[]; leftOut: string[] } {
  const kept: SourcedObject[] = [];
  const leftOut: string[] = [];
  for (const sourced of objects) {
    const hooks = hooksOf(sourced);
    if (hooks.length === 0) kept.push(sourced);
    else if (hooks.every((hook) => testHooks.includes(hook)))
      leftOut.push(`${sourced.object.kind}/${stableName(sourced)} (${sourced.source.file})`);
    else throw refusedHook(sourced, hooks.find((hook) => !testHooks.includes(hook)) ?? "");
  }
  return { objects: kept, leftOut: leftOut.toSorted() };
}

function hooksOf({ object }: SourcedObject): string[] {
  const written = object.metadata.annotations?.["helm.sh/hook"] ?? "";
  return written
    .split(",")
    .map((hook) => hook.trim())
    .filter((hook) => hook !== "");
}

/** Charts like to give test pods a random end; a list that changes with each render would say nothing. */
function stableName({ object }: SourcedObject): string {
  return object.metadata.name.replace(/-[a-z0-9]{5}$/, "-*");
}

function refusedHook({ object, source }: SourcedObject, hook: string): OperationError {
  return new OperationError(
    "object_refused",
    `${placeOf(source)}: ${object.kind} ${object.metadata.name} is a ${hook} hook: hooks do not run here. ` +
      "Switch it off in the values, or make it a plain Job of the chart or a component of its own",
    source,
  );
}

/** Helm leaves hooks out whose names it does not know, and says so in its log only. */
function refuseUnknownHooks(stderr: string, chart: string): void {
  const hooks = /msg="skipping unknown hooks" hookTypes="?([\w, -]{1,100})/.exec(stderr)?.[1];
  if (hooks === undefined) return;
  const message = `${chart}: helm does not know the hook ${hooks.trim()} and would leave its object out: remove the annotation helm.sh/hook`;
  throw new OperationError("object_refused", message, { file: chart, line: null });
}
