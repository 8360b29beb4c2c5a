import { openAsBlob } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectClient } from "@seatrial/contracts/client/create-project-client.ts";
import { listFiles } from "./list-files.ts";
import { type PackedContent, packContent } from "./pack-content.ts";

export type UploadedContent = PackedContent & { wasThere: boolean };

/** Packs a folder's files and uploads them once: a content that the hub has already is not sent again. */
export async function uploadContent(project: ProjectClient, folder: string): Promise<UploadedContent> {
  const place = await mkdtemp(join(tmpdir(), "seatrial-content-"));
  try {
    const archive = join(place, "content.tar.gz");
    const packed = await packContent(folder, await listFiles(folder), archive);
    const wasThere = await project.hasContent(packed.sha256);
    if (!wasThere)
      await project.uploadContent(packed.sha256, await openAsBlob(archive, { type: "application/gzip" }));
    return { ...packed, wasThere };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
