import { once } from "node:events";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { extract } from "tar-stream";
import { type ArchiveEntry, createEntryRules } from "./entry-rules.ts";

export type ArchiveLimits = { readonly entries: number; readonly unpackedBytes: number };
export type ArchiveCheck = {
  /** Takes the next bytes of the archive. Throws as soon as the archive is known to be bad. */
  write(chunk: Uint8Array): Promise<void>;
  /** Call after the last bytes. Throws when the archive is bad or ends too early. */
  end(): Promise<void>;
  /** Frees what a check that was given up holds. */
  abort(): void;
};

/**
 * Reads a gzip tar as it passes by and refuses what could harm whoever unpacks it: names that leave the root, links
 * that leave it, devices, more entries or bytes than the limits (`payload_too_large`), archives that are not whole
 * (`content_unsafe`). Nothing is unpacked and no entry is kept, so a bomb costs its limit in time and nothing else.
 */
export function createArchiveCheck(
  bounds: ArchiveLimits = { entries: limits.contentEntries, unpackedBytes: limits.contentUnpackedBytes },
): ArchiveCheck {
  const gunzip = createGunzip();
  const tar = extract();
  const rules = createEntryRules(bounds.entries);
  let failure: unknown;
  tar.on("entry", (header, stream, next) => {
    stream.on("error", () => undefined);
    stream.on("end", () => next());
    try {
      rules.check(header as ArchiveEntry);
      stream.resume();
    } catch (error) {
      next(error as Error);
    }
  });
  const finished = pipeline(gunzip, countBytes(bounds.unpackedBytes), tar).catch((error: unknown) => {
    failure = explain(error);
    gunzip.destroy();
  });
  const throwIfFailed = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    async write(chunk) {
      throwIfFailed();
      if (!gunzip.write(chunk)) await Promise.race([once(gunzip, "drain").catch(() => undefined), finished]);
      throwIfFailed();
    },
    async end() {
      gunzip.end();
      await finished;
      throwIfFailed();
      rules.checkAll();
    },
    abort: () => gunzip.destroy(),
  };
}

function countBytes(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      bytes += chunk.byteLength;
      if (bytes <= most) return next(null, chunk);
      next(new SeatrialError("payload_too_large", `The content unpacks to more than ${most} bytes.`));
    },
  });
}

function explain(error: unknown): SeatrialError {
  if (error instanceof SeatrialError) return error;
  const reason = error instanceof Error ? error.message : "unknown";
  return new SeatrialError(
    "content_unsafe",
    `The content is not a whole gzip tar archive (${reason}): pack it again and upload all of it.`,
  );
}
