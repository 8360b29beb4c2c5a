import type { Pod, PodManifest } from "@seatrial/kube-link/kube-types.ts";
import { describe, expect, it } from "vitest";
import { checkNetworkPolicy } from "./check-network-policy.ts";

const settings = {
  namespace: "work",
  installation: "east",
  helperImage: "registry/helper:1",
  podSecurity: "restricted" as const,
  nodes: { nodeSelector: {}, tolerations: [] },
};

/** A cluster whose listeners get an address and whose dialers end at once with this message. */
function cluster(message: string | null, refusal?: Error) {
  const there = new Map<string, Pod>();
  const commands: string[][] = [];
  let now = 0;
  const pods = {
    async create(manifest: PodManifest): Promise<Pod> {
      if (refusal) throw refusal;
      const { metadata, spec } = manifest;
      commands.push(spec.containers[0]?.command ?? []);
      const isDialer = spec.containers[0]?.command?.[1] === "dial";
      const terminated = { exitCode: 0, message: message ?? "" };
      const end =
        isDialer && message !== null ? { containerStatuses: [{ name: "main", state: { terminated } }] } : {};
      const pod: Pod = { metadata, spec, status: { phase: "Running", podIP: "10.0.0.9", ...end } };
      there.set(metadata.name, pod);
      return pod;
    },
    get: async (name: string) => there.get(name) ?? null,
    list: async () => ({ metadata: { resourceVersion: "1" }, items: [...there.values()] }),
    async remove(pod: Pod) {
      there.delete(pod.metadata.name);
    },
  };
  const clock = {
    elapsed: () => now,
    async sleep(milliseconds: number) {
      now += milliseconds;
    },
  };
  const check = () => checkNetworkPolicy({ pods, settings, clock }, new AbortController().signal);
  return { check, there, commands, pods };
}

describe("the check of network policies", () => {
  it("says yes only when the allowed port is reached and the forbidden one is not", async () => {
    const answer = async (message: string) => (await cluster(message).check()).answer;
    await expect(answer('{"allowed":true,"forbidden":false}')).resolves.toBe("yes");
    await expect(answer('{"allowed":true,"forbidden":true}')).resolves.toBe("no");
    await expect(answer('{"allowed":false,"forbidden":false}')).resolves.toBe("unknown");
  });
  it("dials the listener's address, and opens the allowed port last", async () => {
    const { check, commands } = cluster('{"allowed":true,"forbidden":false}');
    await check();
    expect(commands).toEqual([
      ["/helper", "listen", "47111", "47110"],
      ["/helper", "dial", "10.0.0.9", "47110", "47111"],
    ]);
  });
  it("leaves no pod behind, its own or an earlier one's, whatever it came to", async () => {
    for (const message of ['{"allowed":true,"forbidden":true}', "no JSON"]) {
      const { check, there, pods } = cluster(message);
      const containers = [
        {
          name: "main",
          image: "",
          imagePullPolicy: "IfNotPresent" as const,
          env: [],
          resources: { requests: {}, limits: {} },
          securityContext: {},
        },
      ];
      await pods.create({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "earlier" },
        spec: { containers } as never,
      });
      await check();
      expect([...there.keys()]).toEqual([]);
    }
  });
  it("does not know when a pod is refused, says nothing sensible or never ends, and says why", async () => {
    await expect(cluster(null, new Error("exceeded quota")).check()).resolves.toEqual({
      answer: "unknown",
      reason: "the check could not be made: exceeded quota",
    });
    expect((await cluster("no JSON").check()).answer).toBe("unknown");
    expect((await cluster(null).check()).reason).toMatch(/was not there within 120 s \(Running\)/);
  });
});
