import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { type BuiltImage, digestOf, mediaTypes } from "./built-image.ts";

/**
 * Writes an image as one tar that both kinds of reader take: an OCI image layout (index.json) and Docker's
 * `manifest.json` (for `docker load`).
 */
export async function writeArchive(image: BuiltImage, reference: string, path: string): Promise<void> {
  const tar = pack();
  const writing = pipeline(tar, createWriteStream(path));
  const config = digestOf(image.config);
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: mediaTypes.manifest,
        digest: image.digest,
        size: image.manifest.length,
        annotations: {
          "io.containerd.image.name": reference,
          "org.opencontainers.image.ref.name": image.tag,
        },
      },
    ],
  };
  const docker = [
    {
      Config: blobPath(config),
      RepoTags: [reference],
      Layers: image.layers.map(({ digest }) => blobPath(digest)),
    },
  ];
  addText(tar, "oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  addText(tar, "index.json", JSON.stringify(index));
  addText(tar, "manifest.json", JSON.stringify(docker));
  addText(tar, blobPath(config), image.config);
  addText(tar, blobPath(image.digest), image.manifest);
  for (const { digest, file, size } of image.layers) {
    const entry = tar.entry({ name: blobPath(digest), size, mode: 0o644, mtime: new Date(0) });
    await pipeline(createReadStream(file), entry);
  }
  tar.finalize();
  await writing;
}

function addText(tar: Pack, name: string, content: string | Buffer): void {
  tar.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
}

export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}
