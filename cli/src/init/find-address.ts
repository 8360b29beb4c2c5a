import type { Repository } from "./repository.ts";

const reads = [
  /process\.env\.([A-Z][A-Z0-9_]{2,60})/g,
  /process\.env\[["']([A-Z][A-Z0-9_]{2,60})["']\]/g,
  /os\.environ(?:\.get\(|\[)\s*["']([A-Z][A-Z0-9_]{2,60})["']/g,
  /os\.getenv\(\s*["']([A-Z][A-Z0-9_]{2,60})["']/g,
  /os\.Getenv\("([A-Z][A-Z0-9_]{2,60})"\)/g,
  /System\.getenv\("([A-Z][A-Z0-9_]{2,60})"\)/g,
  /env::var\("([A-Z][A-Z0-9_]{2,60})"\)/g,
];

/** The environment variable in which these tests look for an address, by its name; the one that most of them read. */
export async function findAddress(repository: Repository, files: readonly string[]): Promise<string | null> {
  const counts = new Map<string, number>();
  for (const file of files.slice(0, 60)) {
    const text = (await repository.read(file)) ?? "";
    const names = new Set(
      reads.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")),
    );
    for (const name of names) if (isAddress(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [first] = [...counts].toSorted((left, right) => right[1] - left[1]);
  return first?.[0] ?? null;
}

/** Addresses of databases and brokers belong to the program, not to its tests. */
function isAddress(name: string): boolean {
  return (
    /(^|_)(URL|URI|ENDPOINT|ADDRESS|HOST)$/.test(name) &&
    !/DATABASE|POSTGRES|MYSQL|REDIS|MONGO|KAFKA|AMQP|RABBIT|PROXY|SEATRIAL|HUB/.test(name)
  );
}
