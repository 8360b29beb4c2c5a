import { createHash } from "node:crypto";
import { type ImageSpec, imageUser } from "./image-spec.ts";
import { type Layer, writeLayer } from "./write-layer.ts";

/** An image ready to be pushed: its manifest and config as bytes, its layers as files. */
export type BuiltImage = {
  readonly name: string;
  readonly tag: string;
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layers: readonly Layer[];
  /** Digest of the manifest: what `name@digest` means. */
  readonly digest: string;
};

export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  compressedLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Builds an image of this machine's architecture, as user 65532. The same content gives the same digest. */
export async function buildImage(spec: ImageSpec, cacheFolder: string): Promise<BuiltImage> {
  const layers: Layer[] = [];
  for (const entries of spec.layers) layers.push(await writeLayer(cacheFolder, entries));
  const { entrypoint, command, environment, workingFolder } = spec.config;
  const variables = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/tmp", ...environment };
  const config = {
    architecture: architectures[process.arch] ?? process.arch,
    os: "linux",
    config: {
      User: `${imageUser}:${imageUser}`,
      Env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      WorkingDir: workingFolder ?? "/work",
      ...(entrypoint ? { Entrypoint: entrypoint } : {}),
      ...(command ? { Cmd: command } : {}),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
  return assembleImage(spec.name, spec.tag, Buffer.from(JSON.stringify(config)), layers);
}

/** Joins a config and layers by a manifest. */
export function assembleImage(
  name: string,
  tag: string,
  config: Buffer,
  layers: readonly Layer[],
): BuiltImage {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, size, isCompressed }) => ({
        mediaType: isCompressed ? mediaTypes.compressedLayer : mediaTypes.layer,
        digest,
        size,
      })),
    }),
  );
  return { name, tag, manifest, config, layers, digest: digestOf(manifest) };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
