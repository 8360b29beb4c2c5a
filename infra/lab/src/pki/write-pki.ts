import { writeFileWhole } from "../base/write-file.ts";
import { writeKubeconfig } from "../files/kubeconfig.ts";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import { createAuthority, createSigningKey } from "./authority.ts";

/**
 * Writes one cluster's authority, certificates, service account keys and kubeconfigs. Each cluster has its own
 * authority: an identity of one is worth nothing in another.
 */
export async function writePki(plan: ClusterPlan, paths: ClusterPaths): Promise<void> {
  const authority = await createAuthority(`seatrial-lab-${plan.name}`);
  const signing = await createSigningKey();
  await writeFileWhole(paths.pki("ca.crt"), authority.certificate, 0o644);
  await writeFileWhole(paths.pki("ca.key"), authority.key);
  await writeFileWhole(paths.pki("sa.pub"), signing.publicKey);
  await writeFileWhole(paths.pki("sa.key"), signing.privateKey);
  const server = `https://${plan.address}:6443`;
  await Promise.all(
    identities(plan).map(async ({ file, kubeconfig, ...request }) => {
      const pair = await authority.issue(request);
      await writeFileWhole(paths.pki(`${file}.crt`), pair.certificate, 0o644);
      await writeFileWhole(paths.pki(`${file}.key`), pair.key);
      if (!kubeconfig) return;
      const content = writeKubeconfig({
        name: `seatrial-${plan.name}`,
        server,
        authority: authority.certificate,
        ...pair,
      });
      await writeFileWhole(paths.file(`${file}.conf`), content);
    }),
  );
}

function identities(plan: ClusterPlan) {
  const { name, address, firstServiceAddress } = plan;
  const kubernetes = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return [
    {
      file: "api",
      kubeconfig: false,
      subject: { commonName: "kube-apiserver" },
      dnsNames: [...kubernetes, "kubernetes.default.svc.cluster.local", "localhost"],
      addresses: [address, firstServiceAddress, "127.0.0.1"],
    },
    { file: "admin", kubeconfig: true, subject: { organization: "system:masters", commonName: "admin" } },
    {
      file: "api-kubelet",
      kubeconfig: false,
      subject: { organization: "system:masters", commonName: "api-kubelet" },
    },
    {
      file: "controller-manager",
      kubeconfig: true,
      subject: { commonName: "system:kube-controller-manager" },
    },
    { file: "scheduler", kubeconfig: true, subject: { commonName: "system:kube-scheduler" } },
    { file: "proxy", kubeconfig: true, subject: { commonName: "system:kube-proxy" } },
    // CoreDNS runs outside the cluster as a process, so no service account can carry its rights.
    { file: "dns", kubeconfig: true, subject: { organization: "system:masters", commonName: "coredns" } },
    { file: "netpol", kubeconfig: true, subject: { organization: "system:masters", commonName: "netpol" } },
    {
      file: "node",
      kubeconfig: true,
      subject: { organization: "system:nodes", commonName: `system:node:${name}` },
      dnsNames: [name],
      addresses: [address],
    },
  ];
}
