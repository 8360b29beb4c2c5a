import type { LabConfig } from "../base/config.ts";
import { LabError } from "../base/lab-error.ts";
import { type BuiltImage, buildImage } from "./built-image.ts";
import { podinfoImage, redisImage } from "./builtin-applications.ts";
import { busyboxImage, nodeImage, pauseImage } from "./builtin-base.ts";
import { provisionerImage } from "./builtin-provisioner.ts";
import { pythonImage } from "./builtin-python.ts";
import { vitestImage } from "./builtin-vitest.ts";
import type { ImageSpec } from "./image-spec.ts";

/** Images that are made from this machine's programs, the toolchain's and installed packages alone. */
export const builtinImageNames = [
  "pause",
  "busybox",
  "node",
  "python",
  "vitest",
  "podinfo",
  "redis",
  "provisioner",
] as const;
export type BuiltinImageName = (typeof builtinImageNames)[number];

const builders: Readonly<Record<BuiltinImageName, (config: LabConfig) => Promise<ImageSpec>>> = {
  pause: pauseImage,
  busybox: busyboxImage,
  node: nodeImage,
  python: pythonImage,
  vitest: vitestImage,
  podinfo: podinfoImage,
  redis: redisImage,
  provisioner: provisionerImage,
};

/** Throws `image_unknown` for a name that is none of the lab's own images. */
export function parseBuiltinImageName(name: string): BuiltinImageName {
  const known = builtinImageNames.find((candidate) => candidate === name);
  if (known) return known;
  throw new LabError(
    "image_unknown",
    `The lab has no image "${name}". It makes ${builtinImageNames.join(", ")}; an archive is named by a path with a slash.`,
  );
}

/** Builds one of the lab's own images, from the cache where nothing changed. */
export async function buildBuiltinImage(name: BuiltinImageName, config: LabConfig): Promise<BuiltImage> {
  return buildImage(await builders[name](config), config.imageCacheFolder);
}
