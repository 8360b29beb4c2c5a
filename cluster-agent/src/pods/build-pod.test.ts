import type { LeaseGrant, ShardWork } from "@seatrial/contracts/agent-protocol/claim.ts";
import { helperSpecSchema } from "@seatrial/contracts/agent-protocol/lease-uploads.ts";
import { describe, expect, it } from "vitest";
import { buildPod, type PodSettings } from "./build-pod.ts";
import { collectSeconds } from "./pod-env.ts";

const settings: PodSettings = {
  namespace: "seatrial-work",
  installation: "east",
  helperImage: "registry/helper:1",
  podSecurity: "restricted",
  nodes: { nodeSelector: {}, tolerations: [] },
  hubUrl: "https://hub:8443",
  hubCaPem: "PEM",
};

function grant(work: Partial<ShardWork> = {}): LeaseGrant {
  return {
    leaseId: "l-aaaaaaaaaaaaaaaa",
    kind: "shard",
    expiresAt: "2026-01-01T00:00:00Z",
    acknowledgeBy: "2026-01-01T00:00:00Z",
    leaseToken: "secret-token",
    work: {
      project: "shop",
      runId: "r-aaaaaaaaaaaaaaaa",
      suite: "api",
      shardId: "sh-aaaaaaaaaaaaaaaa",
      attemptId: "a-aaaaaaaaaaaaaaaa",
      attemptNumber: 1,
      mode: "test",
      shardIndex: 2,
      shardCount: 4,
      tool: null,
      image: "busybox",
      command: ["sh", "-c", "true"],
      arguments: [],
      path: "",
      env: {},
      cpuMillis: 250,
      memoryBytes: 64 * 1_048_576,
      timeoutSeconds: 60,
      content: false,
      cases: false,
      reports: { junit: [] },
      artifacts: [],
      environment: null,
      ...work,
    },
  };
}
const mainEnv = (work: Partial<ShardWork>) =>
  Object.fromEntries(
    buildPod(grant(work), settings).spec.containers[0]?.env.map((one) => [one.name, one.value]) ?? [],
  );

describe("the nodes of a pod", () => {
  it("are the cluster owner's choice, and without one the cluster's own", () => {
    const nodes = {
      nodeSelector: { "example.com/pool": "tests" },
      tolerations: [{ key: "tests", operator: "Exists" as const, effect: "NoSchedule" as const }],
    };
    expect(buildPod(grant(), { ...settings, nodes }).spec).toMatchObject(nodes);
    expect(buildPod(grant(), settings).spec).not.toHaveProperty("nodeSelector");
    expect(buildPod(grant(), settings).spec).not.toHaveProperty("tolerations");
  });
});

describe("the pod of a plain command", () => {
  const pod = buildPod(grant(), settings);
  it("is one container, named after its attempt, with limits and a deadline that leaves room to prepare", () => {
    expect(pod.metadata.name).toBe("st-a-aaaaaaaaaaaaaaaa");
    expect(pod.spec.initContainers).toBeUndefined();
    expect(pod.spec.volumes).toBeUndefined();
    expect(pod.spec).toMatchObject({
      restartPolicy: "Never",
      activeDeadlineSeconds: 960,
      terminationGracePeriodSeconds: 5,
    });
    expect(pod.spec.containers[0]?.resources).toEqual({
      requests: { cpu: "250m", memory: "67108864" },
      limits: { cpu: "1000m", memory: "67108864" },
    });
  });
  it("meets the restricted pod security standard and has no account", () => {
    expect(pod.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(pod.spec.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });
  it("leaves the user to the image under baseline", () => {
    const baseline = buildPod(grant(), { ...settings, podSecurity: "baseline" });
    expect(baseline.spec.securityContext).toEqual({ seccompProfile: { type: "RuntimeDefault" } });
  });
  it("carries the label of its environment, and of none without one", () => {
    const labels = (work: Partial<ShardWork>) => buildPod(grant(work), settings).metadata.labels ?? {};
    const environment = { id: "env-aaaaaaaaaaaaaaaa", namespace: "st-env" };
    expect(labels({ environment })["seatrial.dev/reaches"]).toBe("env-aaaaaaaaaaaaaaaa");
    expect(Object.keys(labels({}))).not.toContain("seatrial.dev/reaches");
  });
  it("says whose it is in labels, also with names that no label can hold", () => {
    const labels = buildPod(grant({ suite: "-ünïcode name_".repeat(9) }), settings).metadata.labels ?? {};
    expect(labels["seatrial.dev/lease"]).toBe("l-aaaaaaaaaaaaaaaa");
    for (const value of Object.values(labels))
      expect(value).toMatch(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
  });
  it("never shows the lease token outside the helper", () => {
    expect(JSON.stringify(pod)).not.toContain("secret-token");
    const withHelper = buildPod(grant({ content: true }), settings);
    expect(JSON.stringify([withHelper.metadata, withHelper.spec.containers])).not.toContain("secret-token");
  });
});

describe("the variables of the tests", () => {
  it("have the shard's numbers, and put them where the suite asks", () => {
    const env = mainEnv({ env: { NAME: "part ${" + "shard.index} of ${" + "shard.count}" } });
    expect(env).toMatchObject({ SEATRIAL_SHARD_INDEX: "2", SEATRIAL_SHARD_COUNT: "4", NAME: "part 2 of 4" });
  });
  it("stay literal: Kubernetes must not expand what their author wrote", () => {
    expect(mainEnv({ env: { PRICE: "$5 $(HOME) $$" } }).PRICE).toBe("$$5 $$(HOME) $$$$");
  });
  it("cannot replace Seatrial's own", () => {
    expect(mainEnv({ env: { SEATRIAL_SHARD_INDEX: "9" } }).SEATRIAL_SHARD_INDEX).toBe("2");
  });
});

describe("the pod with the helper", () => {
  it("is used for content, cases, presets, reports and artifacts, and for nothing else", () => {
    const uses = (work: Partial<ShardWork>) =>
      buildPod(grant(work), settings).spec.initContainers !== undefined;
    expect(uses({})).toBe(false);
    expect(uses({ content: true })).toBe(true);
    expect(uses({ cases: true })).toBe(true);
    expect(uses({ tool: "pytest", command: null })).toBe(true);
    expect(uses({ reports: { junit: ["*.xml"] } })).toBe(true);
    expect(uses({ artifacts: ["out/**"] })).toBe(true);
  });
  it("prepares first, collects beside, and runs the preset in the suite's folder", () => {
    const pod = buildPod(
      grant({ tool: "pytest", command: null, content: true, path: "api/tests", mode: "list" }),
      settings,
    );
    const [prepare, collect] = pod.spec.initContainers ?? [];
    expect(prepare).toMatchObject({
      name: "prepare",
      command: ["/helper", "prepare"],
      image: "registry/helper:1",
    });
    expect(prepare?.restartPolicy).toBeUndefined();
    expect(collect).toMatchObject({
      name: "collect",
      restartPolicy: "Always",
      command: ["/helper", "collect"],
    });
    expect(pod.spec.containers[0]).toMatchObject({
      command: ["/seatrial/bin/helper", "preset"],
      workingDir: "/seatrial/work/api/tests",
      volumeMounts: [{ mountPath: "/seatrial" }],
    });
    const spec = prepare?.env.find((one) => one.name === "SEATRIAL_SPEC")?.value ?? "";
    expect(helperSpecSchema.parse(JSON.parse(spec))).toMatchObject({
      mode: "list",
      tool: "pytest",
      path: "api/tests",
    });
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(collectSeconds);
  });
});
