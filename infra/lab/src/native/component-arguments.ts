import { join } from "node:path";
import { networkPolicyHealthPort, nodeMonitorGraceSeconds } from "../files/node-files.ts";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import type { ComponentName } from "./component-names.ts";

const etcdUrl = "http://127.0.0.1:2379";

/** The arguments with which a component of a cluster is started. */
export function componentArguments(name: ComponentName, plan: ClusterPlan, paths: ClusterPaths): string[] {
  switch (name) {
    case "etcd":
      return etcdArguments(plan, paths);
    case "containerd":
      return [`--config=${paths.file("containerd.toml")}`];
    case "kube-apiserver":
      return apiServerArguments(plan, paths);
    case "kube-controller-manager":
      return controllerManagerArguments(paths);
    case "kube-scheduler":
      return [`--kubeconfig=${paths.file("scheduler.conf")}`, "--leader-elect=false"];
    case "kubelet":
      return kubeletArguments(plan, paths);
    case "kube-proxy":
      return [`--config=${paths.file("proxy.yaml")}`];
    case "coredns":
      return ["-conf", paths.file("Corefile")];
    case "netpol":
      return networkPolicyArguments(plan, paths);
  }
}

const networkPolicyProgram = join(import.meta.dirname, "../network-policy/main.ts");

function networkPolicyArguments(plan: ClusterPlan, paths: ClusterPaths): string[] {
  const listen = [`--address=${plan.address}`, `--port=${networkPolicyHealthPort}`];
  return [networkPolicyProgram, `--kubeconfig=${paths.file("netpol.conf")}`, ...listen];
}

function etcdArguments(plan: ClusterPlan, paths: ClusterPaths): string[] {
  return [
    `--data-dir=${paths.file("etcd")}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    "--listen-peer-urls=http://127.0.0.1:2380",
    // Health only, where the lab can ask for it: the client port stays inside the cluster.
    `--listen-metrics-urls=http://${plan.address}:2381`,
  ];
}

function apiServerArguments(plan: ClusterPlan, paths: ClusterPaths): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--service-cluster-ip-range=${plan.serviceRange}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${paths.pki("sa.pub")}`,
    `--service-account-signing-key-file=${paths.pki("sa.key")}`,
    `--client-ca-file=${paths.pki("ca.crt")}`,
    `--tls-cert-file=${paths.pki("api.crt")}`,
    `--tls-private-key-file=${paths.pki("api.key")}`,
    `--kubelet-client-certificate=${paths.pki("api-kubelet.crt")}`,
    `--kubelet-client-key=${paths.pki("api-kubelet.key")}`,
    // Without it the API server asks for logs at the node's name, which nothing resolves.
    "--kubelet-preferred-address-types=InternalIP",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    `--advertise-address=${plan.address}`,
    "--bind-address=0.0.0.0",
    "--secure-port=6443",
    `--audit-policy-file=${paths.file("audit-policy.yaml")}`,
    `--audit-log-path=${paths.file("log/audit.jsonl")}`,
    "--audit-log-format=json",
    "--audit-log-maxsize=200",
    "--audit-log-maxbackup=3",
  ];
}

function controllerManagerArguments(paths: ClusterPaths): string[] {
  return [
    `--kubeconfig=${paths.file("controller-manager.conf")}`,
    `--service-account-private-key-file=${paths.pki("sa.key")}`,
    `--root-ca-file=${paths.pki("ca.crt")}`,
    `--cluster-signing-cert-file=${paths.pki("ca.crt")}`,
    `--cluster-signing-key-file=${paths.pki("ca.key")}`,
    "--use-service-account-credentials",
    // Its default is a folder of the machine, which it creates.
    `--flex-volume-plugin-dir=${paths.file("volume-plugins")}`,
    "--leader-elect=false",
    `--node-monitor-grace-period=${nodeMonitorGraceSeconds}s`,
  ];
}

function kubeletArguments(plan: ClusterPlan, paths: ClusterPaths): string[] {
  return [
    `--config=${paths.file("kubelet.yaml")}`,
    `--kubeconfig=${paths.file("node.conf")}`,
    `--hostname-override=${plan.name}`,
    `--node-ip=${plan.address}`,
    `--root-dir=${paths.file("kubelet")}`,
    `--cert-dir=${paths.file("kubelet-pki")}`,
  ];
}
