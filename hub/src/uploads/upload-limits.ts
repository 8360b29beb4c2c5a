import type { UploadKind } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";
import { limits } from "@seatrial/contracts/limits.ts";

/** The most bytes of one file of this kind. */
export function mostBytes(kind: UploadKind): number {
  return kind === "artifact" ? limits.artifactBytes : limits.reportBytes;
}

/** The error of a file that is too large; a report is refused by name. */
export function tooLarge(kind: UploadKind, path: string): SeatrialError {
  const name = JSON.stringify(path.slice(0, 200));
  return kind === "artifact"
    ? new SeatrialError("payload_too_large", `Artifact ${name} is larger than ${limits.artifactBytes} bytes.`)
    : new SeatrialError(
        "report_too_large",
        `Report ${name} is larger than ${limits.reportBytes} bytes: let the tool write less detail, or use more shards.`,
      );
}

/** Throws when a part announces more bytes than a part, or its whole file, may have. */
export function checkSize(kind: UploadKind, path: string, offset: number, announced: number | null): void {
  if (offset + (announced ?? 0) > mostBytes(kind)) throw tooLarge(kind, path);
  if (announced !== null && announced > limits.uploadChunkBytes) throw partTooLarge();
}

export function partTooLarge(): SeatrialError {
  return new SeatrialError(
    "payload_too_large",
    `A part of an upload has at most ${limits.uploadChunkBytes} bytes: send the file in several, with Upload-Offset.`,
  );
}
