/**
 * Unpacks a content (gzip tar) into an empty folder. The hub checked it when it was uploaded; this checks it again and
 * throws `OperationError` (`template_invalid`) for names and links that leave the folder, devices, or more than the
 * limits. Files keep only their executable bit.
 */
export async function unpackContent(archive: AsyncIterable<Uint8Array>, folder: string): Promise<void> {
  throw new Error(`not written yet: ${folder} ${typeof archive}`);
}
