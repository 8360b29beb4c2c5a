import { readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import { connect } from "node:net";
import { kubeletHealthPort, networkPolicyHealthPort } from "../files/node-files.ts";
import type { ClusterPlan } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import type { ComponentName } from "./component-names.ts";

export type Answer = { readonly status: number; readonly body: string };

/** One GET request; undefined when nobody answers within two seconds. */
export async function get(url: string, options: RequestOptions = {}): Promise<Answer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const request = send(url, { agent: false, timeout: 2000, ...options }, (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    response.once("error", () => resolve(undefined));
    response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
  });
  request.once("timeout", () => request.destroy());
  request.once("error", () => resolve(undefined));
  request.end();
  return promise;
}

/** Asks the cluster's API as its administrator; undefined when it does not answer. */
export async function getFromApi(
  plan: ClusterPlan,
  paths: ClusterPaths,
  path: string,
): Promise<Answer | undefined> {
  const [ca, cert, key] = await Promise.all(
    ["ca.crt", "admin.crt", "admin.key"].map((file) => readFile(paths.pki(file))),
  );
  return get(`https://${plan.address}:6443${path}`, { ca, cert, key });
}

/** Does a component do its work? Asked where the component itself answers for it. */
export async function isComponentReady(
  name: ComponentName,
  plan: ClusterPlan,
  paths: ClusterPaths,
): Promise<boolean> {
  const isOk = async (url: string): Promise<boolean> =>
    (await get(url, { rejectUnauthorized: false }))?.status === 200;
  switch (name) {
    case "etcd":
      return isOk(`http://${plan.address}:2381/readyz`);
    case "containerd":
      return canConnect(paths.containerdSocket);
    case "kube-apiserver":
      return (await getFromApi(plan, paths, "/readyz"))?.status === 200;
    case "kube-controller-manager":
      return isOk(`https://${plan.address}:10257/healthz`);
    case "kube-scheduler":
      return isOk(`https://${plan.address}:10259/healthz`);
    case "kubelet":
      return (await isOk(`http://${plan.address}:${kubeletHealthPort}/healthz`)) && isNodeReady(plan, paths);
    case "kube-proxy":
      return isOk(`http://${plan.address}:10256/healthz`);
    case "coredns":
      return isOk(`http://${plan.address}:8181/ready`);
    case "netpol":
      return isOk(`http://${plan.address}:${networkPolicyHealthPort}/healthz`);
  }
}

type NodeStatus = { status?: { conditions?: { type: string; status: string }[] } };

async function isNodeReady(plan: ClusterPlan, paths: ClusterPaths): Promise<boolean> {
  const answer = await getFromApi(plan, paths, `/api/v1/nodes/${plan.name}`);
  if (answer?.status !== 200) return false;
  const node = JSON.parse(answer.body) as NodeStatus;
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Can pods be made? Their service account appears a moment after the controller manager. */
export async function hasDefaultServiceAccount(plan: ClusterPlan, paths: ClusterPaths): Promise<boolean> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  return (await getFromApi(plan, paths, path))?.status === 200;
}

async function canConnect(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.once("connect", () => resolve(true));
  socket.once("error", () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}
