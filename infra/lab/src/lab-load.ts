import { mkdtemp, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type LabConfig, readLabConfig } from "./base/config.ts";
import { LabError } from "./base/lab-error.ts";
import { type Report, withProgress } from "./base/report.ts";
import { runCommand } from "./base/run-command.ts";
import { type BuiltImage, buildImage } from "./images/built-image.ts";
import { buildBuiltinImage, parseBuiltinImageName } from "./images/builtin-images.ts";
import type { ImageSpec } from "./images/image-spec.ts";
import { pullImage } from "./images/pull-image.ts";
import { pushImage } from "./images/push-image.ts";
import { readImageFolder } from "./images/read-archive.ts";
import { registryAddress } from "./state/cluster-plan.ts";
import { clusterPaths } from "./state/lab-paths.ts";
import { readLabState } from "./state/lab-state.ts";

export type LoadOptions = { readonly report?: Report; readonly config?: LabConfig };
export type LoadedImage = {
  /** `10.88.0.1:5000/name:tag`. */
  readonly reference: string;
  /** `10.88.0.1:5000/name@sha256:…`: pods that name it always get these very bytes. */
  readonly pinnedReference: string;
};

/** Loads an image archive (`docker save`, or an OCI layout as tar or folder) into the registry and every cluster. */
export async function labLoad(archive: string, options: LoadOptions = {}): Promise<LoadedImage> {
  const config = options.config ?? readLabConfig();
  const status = await stat(archive).catch(() => undefined);
  if (!status) throw new LabError("image_invalid", `There is no image archive at ${archive}.`);
  const fallbackName = basename(archive)
    .replace(/\.tar$/, "")
    .toLowerCase();
  if (status.isDirectory())
    return publish(await readImageFolder(archive, fallbackName), config, options.report);
  await requireLab(config);
  const folder = await mkdtemp(join(config.rootFolder, "load-"));
  try {
    await runCommand("tar", ["--extract", "--no-same-owner", "--file", archive, "--directory", folder]);
    return await publish(await readImageFolder(folder, fallbackName), config, options.report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds one of the lab's own images (pause, busybox, node, python, vitest) and loads it. */
export async function labLoadBuiltin(name: string, options: LoadOptions = {}): Promise<LoadedImage> {
  const config = options.config ?? readLabConfig();
  const known = parseBuiltinImageName(name);
  const report = options.report ?? (() => undefined);
  const image = await withProgress(report, `Image ${name}`, () => buildBuiltinImage(known, config));
  return publish(image, config, options.report);
}

/** Builds an image from a description, for example `agentImage(file)` or `helperImage(file)`, and loads it. */
export async function labLoadSpec(spec: ImageSpec, options: LoadOptions = {}): Promise<LoadedImage> {
  const config = options.config ?? readLabConfig();
  return publish(await buildImage(spec, config.imageCacheFolder), config, options.report);
}

async function publish(
  image: BuiltImage,
  config: LabConfig,
  report: Report = () => undefined,
): Promise<LoadedImage> {
  const state = await requireLab(config);
  const reference = `${registryAddress}/${image.name}:${image.tag}`;
  return withProgress(report, `Loading ${reference}`, async () => {
    const pinnedReference = await pushImage(image, registryAddress);
    const clusters = state.clusters.filter(({ phase }) => phase === "ready");
    await Promise.all(clusters.map(({ name }) => pullImage(image, clusterPaths(config.rootFolder, name))));
    return { reference, pinnedReference };
  });
}

async function requireLab(config: LabConfig) {
  const state = await readLabState(config.rootFolder);
  if (state) return state;
  throw new LabError("lab_not_up", "No lab is up. Bring one up with `seatrial lab up`.");
}
