import type { UploadKind } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { limits } from "@seatrial/contracts/limits.ts";
import { checkSize, mostBytes, partTooLarge, tooLarge } from "./upload-limits.ts";

type Part = { kind: UploadKind; path: string; offset: number };

/**
 * Takes one part into memory (at most `limits.uploadChunkBytes`). Reading stops at the first byte too many, so a
 * huge body costs nothing.
 */
export async function readPart(
  { kind, path, offset }: Part,
  body: ReadableStream<Uint8Array> | null,
  announced: number | null,
): Promise<Uint8Array> {
  checkSize(kind, path, offset, announced);
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.byteLength;
    if (offset + bytes > mostBytes(kind)) throw tooLarge(kind, path);
    if (bytes > limits.uploadChunkBytes) throw partTooLarge();
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}
