import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { and, eq } from "drizzle-orm";
import type { HubDeps } from "../app/hub-deps.ts";
import { artifacts } from "../database/schema/runs.ts";

/**
 * The bytes of an artifact. Always a download of unknown bytes: what a pull request made must not be shown as a page
 * of this hub. Throws `not_found`.
 */
export async function downloadArtifact(deps: HubDeps, runId: string, artifactId: string): Promise<Response> {
  const [row] = await deps.database
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.id, artifactId), eq(artifacts.runId, runId)));
  if (row === undefined)
    throw new SeatrialError("not_found", `Run ${runId} has no artifact "${artifactId}".`);
  const body = await deps.blobs.get(row.blobKey);
  if (body === undefined)
    throw new SeatrialError("not_found", `The bytes of artifact ${artifactId} are gone.`);
  return new Response(body, {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(row.bytes),
      "content-disposition": disposition(row.path),
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": "private, no-store",
    },
  });
}

/** RFC 6266: a plain name for old clients, the real one percent-encoded. Only the last part of the path. */
function disposition(path: string): string {
  const name = path.split("/").at(-1) || "artifact";
  const plain = name.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100);
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
