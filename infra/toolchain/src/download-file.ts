import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { ToolError } from "./tool-error.ts";

export type DownloadOptions = {
  readonly url: string;
  readonly sha256: string;
  /** Holds what has arrived so far; a later try, also of another process, goes on from there. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (received: number) => void;
  readonly tries?: number;
  readonly stallSeconds?: number;
  readonly pauseMilliseconds?: number;
};

const maximumBytes = 1024 ** 3;

/**
 * Fetches one file whose sha256 is known. A broken connection is resumed with a Range request, up to 5 tries.
 * On a wrong sha256 the file is removed, since nothing in it can be trusted. At most 1 GiB.
 * Throws `download_failed`.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  await mkdir(dirname(options.file), { recursive: true });
  const tries = options.tries ?? 5;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchRest(options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      const lasting = error instanceof ToolError;
      if (lasting || attempt >= tries) throw asDownloadError(options.url, error);
      await wait((options.pauseMilliseconds ?? 500) * attempt, undefined, { signal: options.signal });
    }
  }
  const actual = await hashFile(options.file);
  if (actual === options.sha256) return;
  await rm(options.file, { force: true });
  throw new ToolError(
    "download_failed",
    `${options.url} has sha256 ${actual}, expected ${options.sha256}; thrown away.`,
  );
}

async function fetchRest(options: DownloadOptions): Promise<void> {
  const have = await fileSize(options.file);
  const stall = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal;
  const timer = setTimeout(
    () => stall.abort(new Error(`no byte for ${options.stallSeconds ?? 30} s`)),
    (options.stallSeconds ?? 30) * 1000,
  );
  try {
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    const response = await fetch(options.url, { headers, signal });
    const start = await startOffset(options, response, have);
    if (start === undefined || !response.body) return;
    await append(options, response.body, start, () => timer.refresh());
  } finally {
    clearTimeout(timer);
  }
}

/** Writes each piece before it asks for the next, so that what has arrived outlives a broken connection. */
async function append(
  options: DownloadOptions,
  body: AsyncIterable<Uint8Array>,
  start: number,
  onProgress: () => void,
): Promise<void> {
  const file = await open(options.file, start > 0 ? "a" : "w");
  try {
    let received = start;
    for await (const chunk of body) {
      received += chunk.length;
      if (received > maximumBytes) throw tooLarge(options.url);
      await file.writeFile(chunk);
      onProgress();
      options.onBytes?.(received);
    }
  } finally {
    await file.close();
  }
}

/** Where the answer's bytes belong, or undefined when the file is already whole. */
async function startOffset(
  options: DownloadOptions,
  response: Response,
  have: number,
): Promise<number | undefined> {
  if (response.status === 200) return 0;
  const range = response.headers.get("content-range") ?? "";
  if (response.status === 206 && range.startsWith(`bytes ${have}-`)) return have;
  await response.body?.cancel();
  if (response.status === 416 && range === `bytes */${have}`) return undefined;
  if (response.status === 206 || response.status === 416) {
    await rm(options.file, { force: true });
    throw new Error(`answered range "${range}" to a request from byte ${have}`);
  }
  if (response.status >= 500 || response.status === 429) throw new Error(`answered ${response.status}`);
  throw new ToolError("download_failed", `${options.url} answered ${response.status}.`);
}

function tooLarge(url: string): ToolError {
  return new ToolError("download_failed", `${url} is larger than ${maximumBytes} bytes.`);
}

function asDownloadError(url: string, error: unknown): ToolError {
  if (error instanceof ToolError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ToolError("download_failed", `${url} could not be fetched: ${reason}.`, { cause: error });
}

async function fileSize(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
