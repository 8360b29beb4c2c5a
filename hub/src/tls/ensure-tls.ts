import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { createAuthority, issueServerCertificate, type PemPair } from "./authority.ts";

export type HubTls = PemPair & {
  /** What clients and agents must trust. */
  readonly caCertificate: string;
};

const renewBeforeDays = 30;

/**
 * The hub's TLS files in `folder`: its own authority, made once, and a server certificate for `hosts` that is issued
 * anew when a host is missing from it or less than 30 days are left. Private keys are readable by the owner only.
 */
export async function ensureTls(folder: string, hosts: readonly string[], now: Date): Promise<HubTls> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority =
    (await readPair(folder, "ca")) ?? (await storePair(folder, "ca", await createAuthority(now)));
  const stored = await readPair(folder, "server");
  const server =
    stored && serves(stored, authority, hosts, now)
      ? stored
      : await storePair(folder, "server", await issueServerCertificate(authority, hosts, now));
  return { ...server, caCertificate: authority.certificate };
}

function serves(server: PemPair, authority: PemPair, hosts: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(server.certificate);
  if (!certificate.verify(new X509Certificate(authority.certificate).publicKey)) return false;
  const renewAt = Date.parse(certificate.validTo) - renewBeforeDays * 86_400_000;
  if (renewAt < now.getTime()) return false;
  return hosts.every(
    (host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined,
  );
}

async function readPair(folder: string, name: string): Promise<PemPair | null> {
  try {
    const certificate = await readFile(join(folder, `${name}.crt`), "utf8");
    return { certificate, key: await readFile(join(folder, `${name}.key`), "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The key first: a certificate without its key would be taken for a whole pair that does not work. */
async function storePair(folder: string, name: string, pair: PemPair): Promise<PemPair> {
  for (const [ending, text] of [
    ["key", pair.key],
    ["crt", pair.certificate],
  ] as const) {
    const file = join(folder, `${name}.${ending}`);
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return pair;
}
