import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { S3Config } from "../config.ts";
import { assertBlobKey } from "./blob-key.ts";
import type { BlobContent, BlobStore, PutOptions, StoredBlob } from "./blob-store.ts";
import { measureContent } from "./measure-content.ts";

/** Blobs as objects of one bucket, by the S3 API (path style, so that other servers than AWS work). */
export function createS3BlobStore(config: S3Config): BlobStore {
  const client = createClient(config);
  const place = (key: string) => {
    assertBlobKey(key);
    return { Bucket: config.bucket, Key: `${config.prefix}${key}` };
  };
  return {
    async put(key, content, options) {
      return putObject(client, place(key), content, options);
    },
    async get(key, range) {
      const size = await sizeOf(client, place(key));
      if (size === undefined) return undefined;
      const offset = range?.offset ?? 0;
      const end = Math.min(size, offset + (range?.length ?? size));
      if (offset >= end) return new Blob([]).stream() as ReadableStream<Uint8Array>;
      const part = { ...place(key), Range: `bytes=${offset}-${end - 1}` };
      const answer = await client.send(new GetObjectCommand(part));
      return answer.Body?.transformToWebStream() as ReadableStream<Uint8Array> | undefined;
    },
    async head(key) {
      const bytes = await sizeOf(client, place(key));
      return bytes === undefined ? undefined : { bytes };
    },
    async delete(key) {
      await client.send(new DeleteObjectCommand(place(key)));
    },
    list: (prefix) => listKeys(client, config, prefix),
    async move(from, to) {
      const source = place(from);
      const CopySource = encodeURI(`${source.Bucket}/${source.Key}`);
      await client.send(new CopyObjectCommand({ ...place(to), CopySource }));
      await client.send(new DeleteObjectCommand(source));
    },
  };
}

function createClient(config: S3Config): S3Client {
  return new S3Client({
    region: config.region,
    forcePathStyle: true,
    // Other servers than AWS do not know the SDK's newer default checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(config.endpoint ? { endpoint: config.endpoint } : {}),
    ...(config.credentials ? { credentials: config.credentials } : {}),
  });
}

type Place = { Bucket: string; Key: string };

/** S3 wants the length first, so a stream takes the way over a temporary file; an object appears whole or not at all. */
async function putObject(
  client: S3Client,
  place: Place,
  content: BlobContent,
  options: PutOptions = {},
): Promise<StoredBlob> {
  const measured = measureContent(content, options.maxBytes);
  const folder = await mkdtemp(join(tmpdir(), "seatrial-blob-"));
  const path = join(folder, randomUUID());
  try {
    const file = await open(path, "wx");
    try {
      for await (const chunk of measured.chunks()) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
    const stored = measured.result();
    const Body = stored.bytes === 0 ? new Uint8Array() : createReadStream(path);
    await client.send(new PutObjectCommand({ ...place, Body, ContentLength: stored.bytes }));
    return stored;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sizeOf(client: S3Client, place: Place): Promise<number | undefined> {
  try {
    return (await client.send(new HeadObjectCommand(place))).ContentLength ?? 0;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return undefined;
    throw error;
  }
}

async function* listKeys(client: S3Client, config: S3Config, prefix: string): AsyncGenerator<string> {
  let ContinuationToken: string | undefined;
  do {
    const query = { Bucket: config.bucket, Prefix: `${config.prefix}${prefix}` };
    const page = await client.send(
      new ListObjectsV2Command({ ...query, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    );
    for (const object of page.Contents ?? []) if (object.Key) yield object.Key.slice(config.prefix.length);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}
