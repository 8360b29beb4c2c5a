import { stringify } from "yaml";

export type KubeconfigParts = {
  /** Name of the context, and of the cluster and user that it joins. */
  readonly name: string;
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
};

/** A kubeconfig with everything inside, so that a copy of it works anywhere on the machine. */
export function writeKubeconfig(parts: KubeconfigParts): string {
  const { name } = parts;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name, cluster: { server: parts.server, "certificate-authority-data": encode(parts.authority) } },
    ],
    users: [
      {
        name,
        user: { "client-certificate-data": encode(parts.certificate), "client-key-data": encode(parts.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

function encode(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
