import { waitUntil } from "@seatrial/lab/base/wait-until.ts";
import type { Kubectl } from "./lab-pods.ts";

export type PodName = readonly [namespace: string, name: string];

const serve = "httpd -p 8080 && exec httpd -f -p 8081";

/** A pod that answers on 8080 (named `web`) and 8081 and from which connections can be tried. */
export function talkingPod(
  [namespace, name]: PodName,
  image: string,
  labels: Record<string, string>,
): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          command: ["sh", "-c", serve],
          ports: [{ name: "web", containerPort: 8080 }],
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

export function networkPolicy(namespace: string, name: string, spec: object): object {
  const metadata = { name, namespace };
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec };
}

export async function addressOf(kubectl: Kubectl, [namespace, name]: PodName): Promise<string> {
  return (await kubectl.run(["-n", namespace, "get", "pod", name, "-o", "jsonpath={.status.podIP}"])).trim();
}

/** One try, from inside a pod: does a TCP connection to this address get an answer within a second? */
export async function reaches(
  kubectl: Kubectl,
  [namespace, name]: PodName,
  host: string,
  port: number,
): Promise<boolean> {
  const script = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${host} ${port} | head -c 1`;
  const answer = await kubectl.run(["-n", namespace, "exec", name, "--", "sh", "-c", script]).catch(() => "");
  return answer !== "";
}

/** Waits until a connection is possible (or not) and returns what it came to. */
export async function settlesAt(expected: boolean, attempt: () => Promise<boolean>): Promise<boolean> {
  const isThere = await waitUntil(async () => (await attempt()) === expected, 10, 50);
  return isThere ? expected : !expected;
}
