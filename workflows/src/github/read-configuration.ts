import { limits } from "@seatrial/contracts/limits.ts";
import { confirmCommit } from "./confirm-commit.ts";
import type { RepositoryForge } from "./create-github.ts";
import { ForgeError } from "./forge-error.ts";

const path = "seatrial.yaml";

/** `configuration` null without a problem: the commit has no seatrial.yaml. */
export type ReadConfiguration = { configuration: string | null; problem: string | null };

/** The text of `seatrial.yaml` at a commit, as it is there. Throws ForgeError, `missing` for a commit that is not there. */
export async function readConfiguration(forge: RepositoryForge, sha: string): Promise<ReadConfiguration> {
  const first = await readFile(forge, sha);
  if (first !== null) return first;
  // The same answer as for a commit that the forge does not show yet: it must not be taken for the file's.
  await confirmCommit(forge, sha);
  return (await readFile(forge, sha)) ?? { configuration: null, problem: null };
}

/** Null: the forge has no such file, or not yet. */
async function readFile({ request, at }: RepositoryForge, sha: string): Promise<ReadConfiguration | null> {
  try {
    const { data, headers } = await request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...{ ...at, path, ref: sha },
      headers: { accept: "application/vnd.github.raw+json" },
      request: { parseSuccessResponseBody: false },
    });
    // A folder has no raw form: it comes as a list.
    if (/^application\/json\b/.test(String(headers["content-type"]))) return wrong("is not a file");
    const bytes = await readBounded(data as unknown as ReadableStream<Uint8Array>);
    if (bytes === null) return wrong(`has more than ${limits.configurationBytes} bytes`);
    return { configuration: bytes.toString("utf8"), problem: null };
  } catch (error) {
    if (error instanceof ForgeError && error.kind === "missing") return null;
    throw error;
  }
}

function wrong(problem: string): ReadConfiguration {
  return { configuration: null, problem: `${path} ${problem}` };
}

/** Null when there is more than a configuration may have. */
async function readBounded(body: ReadableStream<Uint8Array>): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limits.configurationBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
