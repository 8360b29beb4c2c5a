import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join, posix, relative } from "node:path";
import { OperationError } from "../operation-error.ts";
import { checkKustomization } from "./check-kustomization.ts";
import { findInContent } from "./find-in-content.ts";
import { addLines } from "./find-kind-line.ts";
import { explainKustomization } from "./kustomization-error.ts";
import { parseYaml } from "./parse-yaml.ts";
import type { Rendered } from "./read-manifests.ts";
import type { RenderContext } from "./render-context.ts";
import { runTool } from "./run-tool.ts";
import { type SourcedObject, toObjects } from "./to-objects.ts";

const originAnnotation = "config.kubernetes.io/origin";

/**
 * The objects of a kustomization, as `kubectl kustomize` builds them from files of the content alone: no url, no
 * plugin, no file outside the folders it names. A kustomization around it asks for each object's origin, which tells
 * the file, and is taken off again. `folder`: an empty folder of this call.
 */
export async function renderKustomization(
  path: string,
  context: RenderContext,
  folder: string,
): Promise<Rendered> {
  const found = await findInContent(context.contentFolder, path, "kustomization");
  if (!found.isFolder)
    throw new OperationError("template_invalid", `${path} is a file: name the kustomization's folder`, {
      file: path,
      line: null,
    });
  await checkKustomization(path, context.contentFolder);
  const root = await realpath(context.contentFolder);
  const wrapper = join(await realpath(folder), "around");
  await mkdir(wrapper);
  const around = { resources: [relative(wrapper, found.absolute)], buildMetadata: ["originAnnotations"] };
  await writeFile(join(wrapper, "kustomization.yaml"), JSON.stringify(around));
  const answer = await runTool({
    program: context.tools.kubectl,
    words: ["kustomize", wrapper, "--load-restrictor", "LoadRestrictionsRootOnly"],
    folder,
    signal: context.signal,
  });
  if (answer.exitCode !== 0) throw explainKustomization(answer.stderr, path, root);
  const toContent = (origin: string) => posix.relative(root, posix.join(wrapper, origin));
  const built = toObjects(answer.stdout, path).map((sourced) => takeOrigin(sourced, path, toContent));
  const objects = await addLines(built, root);
  return { objects, leftOut: [], bytes: Buffer.byteLength(answer.stdout) };
}

function takeOrigin(
  { object }: SourcedObject,
  path: string,
  toContent: (origin: string) => string,
): SourcedObject {
  const { annotations } = object.metadata;
  const text = annotations?.[originAnnotation];
  if (annotations) {
    delete annotations[originAnnotation];
    if (Object.keys(annotations).length === 0) delete object.metadata.annotations;
  }
  const [origin] = text === undefined ? [] : parseYaml(text, path);
  const { path: file, configuredIn } = (origin?.value ?? {}) as { path?: unknown; configuredIn?: unknown };
  const named = typeof file === "string" ? file : configuredIn;
  return { object, source: { file: typeof named === "string" ? toContent(named) : path, line: null } };
}
