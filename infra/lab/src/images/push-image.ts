import { createReadStream } from "node:fs";
import { type IncomingMessage, request as sendRequest } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LabError } from "../base/lab-error.ts";
import { type BuiltImage, digestOf, mediaTypes } from "./built-image.ts";

type Blob = { readonly digest: string; readonly size: number; readonly open: () => Readable };

/**
 * Pushes an image to a registry that speaks plain HTTP (OCI distribution specification 1.0, "Push"). Blobs that it
 * has are not sent again. Returns `registry/name@digest`. Throws `command_failed` with the registry's answer.
 */
export async function pushImage(image: BuiltImage, registry: string): Promise<string> {
  const base = `http://${registry}/v2/${image.name}`;
  const config: Blob = {
    digest: digestOf(image.config),
    size: image.config.length,
    open: () => Readable.from([image.config]),
  };
  const layers = image.layers.map(({ file, digest, size }) => ({
    digest,
    size,
    open: () => createReadStream(file),
  }));
  for (const blob of [...layers, config]) await pushBlob(base, blob);
  const manifest: Blob = {
    digest: "",
    size: image.manifest.length,
    open: () => Readable.from([image.manifest]),
  };
  // An image made elsewhere may have Docker's own manifest type.
  const { mediaType } = JSON.parse(image.manifest.toString("utf8")) as { mediaType?: string };
  const headers = { "content-type": mediaType ?? mediaTypes.manifest };
  await expectStatus(await send("PUT", `${base}/manifests/${image.tag}`, headers, manifest), 201);
  return `${registry}/${image.name}@${image.digest}`;
}

async function pushBlob(base: string, blob: Blob): Promise<void> {
  const head = await send("HEAD", `${base}/blobs/${blob.digest}`, {});
  if (head.statusCode === 200) return;
  const start = await send("POST", `${base}/blobs/uploads/`, {});
  await expectStatus(start, 202);
  const url = new URL(start.headers.location ?? "", base);
  url.searchParams.set("digest", blob.digest);
  const headers = { "content-type": "application/octet-stream" };
  await expectStatus(await send("PUT", url.href, headers, blob), 201);
}

async function send(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: Blob,
): Promise<IncomingMessage & { text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage & { text: string }>();
  const length = { "content-length": String(body?.size ?? 0) };
  const request = sendRequest(url, { method, headers: { ...headers, ...length } }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.once("end", () => resolve(Object.assign(response, { text })));
    response.once("error", reject);
  });
  request.once("error", reject);
  if (body) await pipeline(body.open(), request);
  else request.end();
  return promise;
}

async function expectStatus(response: IncomingMessage & { text: string }, status: number): Promise<void> {
  if (response.statusCode === status) return;
  throw new LabError(
    "command_failed",
    `The image registry answered ${response.statusCode} instead of ${status}: ${response.text.slice(0, 500)}`,
  );
}
