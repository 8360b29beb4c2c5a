import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createAuthority, createSigningKey } from "./authority.ts";

describe("a cluster's certificates", () => {
  test("carry user, group, names and addresses, and come from the cluster's authority", async () => {
    const authority = await createAuthority("east");
    const pair = await authority.issue({
      subject: { organization: "system:nodes", commonName: "system:node:east" },
      dnsNames: ["east"],
      addresses: ["10.88.0.11"],
    });
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.subject).toBe("O=system:nodes\nCN=system:node:east");
    expect(certificate.subjectAltName).toBe("DNS:east, IP Address:10.88.0.11");
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  });

  test("of one cluster are worth nothing in another", async () => {
    const [east, west] = await Promise.all([createAuthority("east"), createAuthority("west")]);
    const pair = await east.issue({ subject: { organization: "system:masters", commonName: "admin" } });
    const certificate = new X509Certificate(pair.certificate);
    expect(certificate.verify(new X509Certificate(west.certificate).publicKey)).toBe(false);
  });

  test("have serial numbers that differ and are positive", async () => {
    const authority = await createAuthority("east");
    const issued = await Promise.all(
      Array.from({ length: 20 }, () => authority.issue({ subject: { commonName: "a" } })),
    );
    const serials = issued.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[0-9A-F]{2,40}$/);
    for (const serial of serials) expect(BigInt(`0x${serial}`)).toBeGreaterThan(0n);
  });
});

test("a service account's signing key and public key belong together", async () => {
  const keys = await createSigningKey();
  const signature = sign("sha256", Buffer.from("token"), createPrivateKey(keys.privateKey));
  expect(verify("sha256", Buffer.from("token"), createPublicKey(keys.publicKey), signature)).toBe(true);
});
