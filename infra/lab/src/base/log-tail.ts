import { open } from "node:fs/promises";

const tailBytes = 8 * 1024;

/** The last lines of a log file, or a note that there is none. */
export async function readLogTail(file: string, lineCount = 15): Promise<string> {
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").trimEnd().split("\n").slice(-lineCount).join("\n");
  } catch {
    return `(no log at ${file})`;
  }
}
