import { access } from "node:fs/promises";

/** Where the processes under test find programs; the rest of this process's environment is not theirs. */
export const searchPath = process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin";

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
};

/** Debian's libfaketime, which makes a process see another time of day. Throws, and says what to install. */
export async function faketimeLibrary(): Promise<string> {
  const library = `/usr/lib/${architectures[process.arch] ?? process.arch}/faketime/libfaketime.so.1`;
  await access(library).catch(() => {
    throw new Error(`There is no ${library}: run 'apt-get install libfaketime'.`);
  });
  return library;
}
