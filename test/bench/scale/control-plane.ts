import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createKubeClient, type KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { readKubeconfig } from "@seatrial/kube-link/read-kubeconfig.ts";
import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import { writeFileWhole } from "@seatrial/lab/base/write-file.ts";
import { writeKubeconfig } from "@seatrial/lab/files/kubeconfig.ts";
import { type Authority, createAuthority, createSigningKey } from "@seatrial/lab/pki/authority.ts";
import { findTools } from "@seatrial/toolchain/find-tool.ts";
import { createStepPrinter } from "@seatrial/toolchain/print-steps.ts";
import { searchPath } from "../../faults/config.ts";
import { type ManagedProcess, manageProcess } from "../../faults/managed-process.ts";
import { freePort } from "./free-port.ts";

export type ControlPlane = {
  kube: KubeClient;
  /** Of an administrator; everybody in the benchmark uses it. */
  kubeconfig: string;
  auditFile: string;
  /** Server certificate that the fake kubelet may use too. */
  certificate: { certificateFile: string; keyFile: string };
  processes: ManagedProcess[];
  /** Starts one more program that ends with the others; its output goes to a log in the folder. */
  launch: (name: string, command: string, args: string[], env?: Record<string, string>) => ManagedProcess;
  close: () => Promise<void>;
};

/** Client limits would be measured instead of the work; raised for everybody alike. */
const clientLimits = ["--kube-api-qps=2000", "--kube-api-burst=4000"];

/**
 * A real control plane as plain processes of this user on free ports: etcd, API server, controller manager and
 * scheduler, without any real node. etcd does not sync its disk.
 */
export async function startControlPlane(folder: string): Promise<ControlPlane> {
  const report = createStepPrinter((line) => console.log(line));
  const names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
  const tools = await findTools(names, { report });
  const [etcdPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const files = await writeFiles(folder, apiPort);
  const processes: ManagedProcess[] = [];
  const launch: ControlPlane["launch"] = (name, command, args, env = {}) => {
    const logFile = join(folder, `${name}.log`);
    const one = manageProcess({ name, command, args, env: { PATH: searchPath, ...env }, logFile });
    processes.push(one);
    one.start();
    return one;
  };
  const close = async () => {
    for (const one of processes.toReversed()) await one.end();
  };
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  try {
    launch("etcd", tools.etcd.path, etcdArguments(folder, etcdUrl, `http://127.0.0.1:${peerPort}`));
    launch("kube-apiserver", tools["kube-apiserver"].path, apiServerArguments(files, etcdUrl, apiPort));
    const kube = createKubeClient(await readKubeconfig(files.admin, null), { userAgent: "plain-client" });
    await untilAnswers(kube, folder);
    const manager = ["--leader-elect=false", `--service-account-private-key-file=${files.pki("sa.key")}`];
    launch("kube-controller-manager", tools["kube-controller-manager"].path, [
      ...[`--kubeconfig=${files.admin}`, `--root-ca-file=${files.pki("ca.crt")}`, "--secure-port=0"],
      ...["--use-service-account-credentials=false", `--flex-volume-plugin-dir=${folder}/plugins`],
      ...manager,
      ...clientLimits,
    ]);
    const scheduler = [`--kubeconfig=${files.admin}`, "--leader-elect=false", "--secure-port=0"];
    launch("kube-scheduler", tools["kube-scheduler"].path, [...scheduler, ...clientLimits]);
    const certificate = { certificateFile: files.pki("api.crt"), keyFile: files.pki("api.key") };
    return {
      ...{ kube, kubeconfig: files.admin, auditFile: files.audit, certificate, processes, launch },
      async close() {
        await kube.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Files = Awaited<ReturnType<typeof writeFiles>>;

async function writeFiles(folder: string, apiPort: number) {
  const pki = (name: string) => join(folder, "pki", name);
  await mkdir(join(folder, "pki"), { recursive: true });
  const authority = await createAuthority("seatrial-bench");
  const signing = await createSigningKey();
  const admin = join(folder, "admin.conf");
  await writeFileWhole(pki("ca.crt"), authority.certificate, 0o644);
  await writeFileWhole(pki("sa.pub"), signing.publicKey);
  await writeFileWhole(pki("sa.key"), signing.privateKey);
  const api = await authority.issue({
    subject: { commonName: "kube-apiserver", organization: "system:masters" },
    dnsNames: ["localhost", "kubernetes.default.svc"],
    addresses: ["127.0.0.1", "10.99.0.1"],
  });
  await writeFileWhole(pki("api.crt"), api.certificate);
  await writeFileWhole(pki("api.key"), api.key);
  await writeFileWhole(admin, await adminKubeconfig(authority, apiPort));
  const [policy, audit] = [join(folder, "audit-policy.yaml"), join(folder, "audit.jsonl")];
  await writeFileWhole(policy, auditPolicy);
  return { pki, admin, policy, audit };
}

async function adminKubeconfig(authority: Authority, apiPort: number): Promise<string> {
  const subject = { organization: "system:masters", commonName: "bench" };
  const server = `https://127.0.0.1:${apiPort}`;
  const pair = await authority.issue({ subject });
  return writeKubeconfig({ name: "bench", server, authority: authority.certificate, ...pair });
}

/** Writes only, without bodies: what is counted. */
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    verbs: [get, list, watch]
  - level: Metadata
`;

function etcdArguments(folder: string, client: string, peer: string): string[] {
  return [
    ...[`--data-dir=${folder}/etcd`, "--unsafe-no-fsync", "--log-level=error"],
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    ...[`--initial-cluster=default=${peer}`, "--quota-backend-bytes=8589934592"],
  ];
}

function apiServerArguments(files: Files, etcdUrl: string, port: number): string[] {
  const { pki } = files;
  return [
    ...[`--etcd-servers=${etcdUrl}`, "--service-cluster-ip-range=10.99.0.0/24"],
    "--service-account-issuer=https://kubernetes.default.svc",
    ...[`--service-account-key-file=${pki("sa.pub")}`, `--service-account-signing-key-file=${pki("sa.key")}`],
    ...[`--client-ca-file=${pki("ca.crt")}`, `--tls-cert-file=${pki("api.crt")}`],
    ...[`--tls-private-key-file=${pki("api.key")}`, "--authorization-mode=RBAC"],
    ...[`--kubelet-client-certificate=${pki("api.crt")}`, `--kubelet-client-key=${pki("api.key")}`],
    "--kubelet-preferred-address-types=InternalIP",
    ...[
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${port}`,
      "--endpoint-reconciler-type=none",
    ],
    ...["--max-requests-inflight=1000", "--max-mutating-requests-inflight=1000"],
    ...[
      `--audit-policy-file=${files.policy}`,
      `--audit-log-path=${files.audit}`,
      "--audit-log-maxsize=20000",
    ],
  ];
}

async function untilAnswers(kube: KubeClient, folder: string): Promise<void> {
  const answers = () =>
    kube.get("/version").then(
      () => true,
      () => false,
    );
  const ready = () =>
    kube.get("/api/v1/namespaces/default").then(
      () => true,
      () => false,
    );
  if ((await waitUntil(answers, 90)) && (await waitUntil(ready, 90))) return;
  throw new Error(`the API server did not answer within 90 s; see ${folder}/kube-apiserver.log`);
}
