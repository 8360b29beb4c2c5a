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
import { pullIntoKind } from "./kind/kind-driver.ts";
import { kindRegistryHostAddress } from "./kind/kind-files.ts";
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

/** Builds one of the lab's own images (see `builtinImageNames`) and loads it. */
export async function labLoadBuiltin(name: string, options: LoadOptions = {}): Promise<LoadedImage> {
  const config = options.config ?? readLabConfig();
  const known = parseBuiltinImageName(name);
  requireLinux(config);
  const report = options.report ?? (() => undefined);
  const image = await withProgress(report, `Image ${name}`, () => buildBuiltinImage(known, config));
  return publish(image, config, options.report);
}

/** `labLoad` for a path that exists, else `labLoadBuiltin`. */
export async function labLoadAny(image: string, options: LoadOptions = {}): Promise<LoadedImage> {
  const isPath = image.includes("/") || (await stat(image).catch(() => undefined)) !== undefined;
  return isPath ? labLoad(image, options) : labLoadBuiltin(image, options);
}

/** Builds an image from a description, for example `agentImage(file)` or `helperImage(file)`, and loads it. */
export async function labLoadSpec(spec: ImageSpec, options: LoadOptions = {}): Promise<LoadedImage> {
  const config = options.config ?? readLabConfig();
  requireLinux(config);
  return publish(await buildImage(spec, config.imageCacheFolder), config, options.report);
}

async function publish(
  image: BuiltImage,
  config: LabConfig,
  report: Report = () => undefined,
): Promise<LoadedImage> {
  const { driver, clusters } = await requireLab(config);
  if (driver === "context") {
    throw new LabError(
      "refused_by_driver",
      "The lab uses your own contexts and has no registry in them. Push the image to a registry that they can pull.",
    );
  }
  const registry = driver === "kind" ? kindRegistryHostAddress : registryAddress;
  const reference = `${registry}/${image.name}:${image.tag}`;
  const names = clusters.filter(({ phase }) => phase === "ready").map(({ name }) => name);
  return withProgress(report, `Loading ${reference}`, async () => {
    const pinnedReference = await pushImage(image, registry);
    if (driver === "kind") await pullIntoKind(config, names, [reference, pinnedReference]);
    else await Promise.all(names.map((name) => pullImage(image, clusterPaths(config.rootFolder, name))));
    return { reference, pinnedReference };
  });
}

/** The lab's own images hold this machine's programs, and containers run Linux. */
function requireLinux(config: LabConfig): void {
  if (config.platform === "linux") return;
  throw new LabError(
    "not_supported",
    "The lab makes its own images from the programs of a Linux machine. Build the Dockerfiles in infra/images here, " +
      "and load what `docker save` writes.",
  );
}

async function requireLab(config: LabConfig) {
  const state = await readLabState(config.rootFolder);
  if (state) return state;
  throw new LabError("lab_not_up", "No lab is up. Bring one up with `seatrial lab up`.");
}
