import { createHash } from "node:crypto";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import type { BlobContent, StoredBlob } from "./blob-store.ts";

/** Passes bytes through while counting and hashing them. `result` is right once all chunks were taken. */
export function measureContent(content: BlobContent, maxBytes = Number.POSITIVE_INFINITY) {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      yield chunk;
    }
  }
  return { chunks, result: (): StoredBlob => ({ bytes, sha256: hash.digest("hex") }) };
}

function tooLarge(maxBytes: number): SeatrialError {
  return new SeatrialError(
    "payload_too_large",
    `The upload is larger than ${maxBytes} bytes, the most here.`,
  );
}
