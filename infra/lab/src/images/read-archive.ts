import { open, readFile, realpath, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { LabError } from "../base/lab-error.ts";
import { assembleImage, type BuiltImage, digestOf } from "./built-image.ts";
import { hashFile, type Layer } from "./write-layer.ts";

type DockerEntry = { Config: string; RepoTags?: string[] | null; Layers: string[] };
type OciDescriptor = {
  mediaType?: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
};
type OciManifest = { config: OciDescriptor; layers: OciDescriptor[]; manifests?: OciDescriptor[] };

/**
 * Reads an unpacked image: an OCI image layout, or what `docker save` writes. Its name is taken from the archive;
 * a registry's address before it is dropped. Throws `image_invalid` for anything else.
 */
export async function readImageFolder(folder: string, fallbackName: string): Promise<BuiltImage> {
  const docker = await readJson<DockerEntry[]>(folder, "manifest.json");
  if (docker) return readDockerFolder(folder, docker, fallbackName);
  const index = await readJson<{ manifests: OciDescriptor[] }>(folder, "index.json");
  if (index) return readOciFolder(folder, index.manifests, fallbackName);
  throw new LabError(
    "image_invalid",
    `${folder} holds neither index.json (OCI) nor manifest.json (docker save).`,
  );
}

async function readDockerFolder(
  folder: string,
  entries: readonly DockerEntry[],
  fallbackName: string,
): Promise<BuiltImage> {
  const [entry, ...others] = entries;
  if (!entry || others.length > 0) {
    throw new LabError("image_invalid", `The archive holds ${entries.length} images; save one at a time.`);
  }
  const config = await readFile(await inside(folder, entry.Config));
  const layers = await Promise.all(
    entry.Layers.map(async (path) => describeLayer(await inside(folder, path))),
  );
  const { name, tag } = parseReference(entry.RepoTags?.[0] ?? fallbackName);
  return assembleImage(name, tag, config, layers);
}

async function readOciFolder(
  folder: string,
  descriptors: readonly OciDescriptor[],
  fallbackName: string,
): Promise<BuiltImage> {
  const [descriptor, ...others] = descriptors;
  if (!descriptor || others.length > 0) {
    throw new LabError(
      "image_invalid",
      `The archive holds ${descriptors.length} images; save one at a time.`,
    );
  }
  const blob = (digest: string): Promise<string> => inside(folder, join("blobs", digest.replace(":", sep)));
  const bytes = await readFile(await blob(descriptor.digest));
  const manifest = JSON.parse(bytes.toString("utf8")) as OciManifest;
  if (manifest.manifests) {
    throw new LabError(
      "image_invalid",
      "The archive is an index of several platforms; save it for one platform.",
    );
  }
  const reference = descriptor.annotations?.["io.containerd.image.name"] ?? fallbackName;
  const { name, tag } = parseReference(reference);
  const layers = await Promise.all(
    manifest.layers.map(async ({ digest }) => describeLayer(await blob(digest))),
  );
  const config = await readFile(await blob(manifest.config.digest));
  // The manifest stays as it is: its digest is the image's name elsewhere too.
  return { name, tag, manifest: bytes, config, layers, digest: digestOf(bytes) };
}

/** What a registry takes as a name (OCI distribution specification 1.1, "Pulling manifests"). */
const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** `host:5000/team/name:tag` without its registry; the tag is `lab` where none is given. */
export function parseReference(reference: string): { name: string; tag: string } {
  const parts = reference.split("/");
  const first = parts[0] ?? "";
  if (parts.length > 1 && (/[.:]/.test(first) || first === "localhost")) parts.shift();
  const [name, tag = "lab"] = parts.join("/").split(":");
  if (name && namePattern.test(name) && /^[\w][\w.-]{0,127}$/.test(tag)) return { name, tag };
  throw new LabError(
    "image_invalid",
    `"${reference}" is no image name; one reads team/name:tag in lower case.`,
  );
}

async function describeLayer(file: string): Promise<Layer> {
  await using handle = await open(file, "r");
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const isCompressed = buffer[0] === 0x1f && buffer[1] === 0x8b;
  return { file, digest: `sha256:${await hashFile(file)}`, size: (await stat(file)).size, isCompressed };
}

/** A file named by an archive, refused when its path or a link leads out of the archive's folder. */
async function inside(folder: string, path: string): Promise<string> {
  const full = await realpath(resolve(folder, path)).catch(() => undefined);
  if (full?.startsWith((await realpath(folder)) + sep)) return full;
  throw new LabError("image_invalid", `The archive names the file ${basename(path)}, which is not in it.`);
}

async function readJson<T>(folder: string, name: string): Promise<T | undefined> {
  const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
