import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findTool } from "@seatrial/toolchain/find-tool.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

const chart = fileURLToPath(new URL("../../../infra/charts/cluster", import.meta.url));
const run = promisify(execFile);
const needed = { "hub.url": "https://10.88.0.1:8443", "cluster.name": "east" };
type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: object };
  [key: string]: unknown;
};

let helm = "";
beforeAll(async () => {
  helm = (await findTool("helm")).path;
});

function flags(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
}
/** What the chart makes of values, as objects. */
async function rendered(values: Record<string, string> = {}): Promise<Manifest[]> {
  const { stdout } = await run(helm, [
    "template",
    "st",
    chart,
    "-n",
    "system",
    ...flags({ ...needed, ...values }),
  ]);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
const only = (objects: Manifest[], kind: string, name?: string) =>
  objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
const refused = (values: Record<string, string>) =>
  expect(run(helm, ["template", "st", chart, ...flags({ ...needed, ...values })])).rejects;

describe("the cluster chart", () => {
  it("passes helm's own checks", async () => {
    const { stdout } = await run(helm, ["lint", "--strict", chart, ...flags(needed)]);
    expect(stdout).toContain("0 chart(s) failed");
  });

  it("gives the agent no right but to run pods in the work namespace, keep its key and look at nodes", async () => {
    const objects = await rendered();
    const rules = (kind: string, name: string) => only(objects, kind, name)[0]?.rules;
    expect(rules("Role", "st-agent")).toEqual([
      { apiGroups: [""], resources: ["pods"], verbs: ["create", "get", "list", "watch", "patch", "delete"] },
      { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
      { apiGroups: [""], resources: ["events"], verbs: ["list"] },
    ]);
    expect(rules("Role", "st-agent-identity")).toEqual([
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["st-agent-identity"],
        verbs: ["get", "patch"],
      },
    ]);
    expect(rules("ClusterRole", "system-st-agent")).toEqual([
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list"] },
    ]);
    expect(only(objects, "ClusterRole")).toHaveLength(1);
  });

  it("has no data for the key's Secret in any release, so that no upgrade wipes it, and keeps it", async () => {
    const [secret] = only(await rendered({ joinToken: "st_token" }), "Secret", "st-agent-identity");
    expect(secret).not.toHaveProperty("data");
    expect(secret).not.toHaveProperty("stringData");
    expect(secret?.metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
  });

  it("runs one agent at a time, restricted, with the token from a Secret", async () => {
    const objects = await rendered({ joinToken: "st_token" });
    const [deployment] = only(objects, "Deployment");
    expect(deployment?.spec).toMatchObject({
      replicas: 1,
      strategy: { type: "Recreate" },
      template: {
        spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
      },
    });
    const text = JSON.stringify(deployment);
    expect(text).toContain('"capabilities":{"drop":["ALL"]}');
    expect(text).not.toContain("st_token");
    expect(only(objects, "Secret", "st-agent-join")).toHaveLength(1);
    expect(only(await rendered(), "Secret", "st-agent-join")).toHaveLength(0);
  });

  it("gives the agent a disk for what the hub cannot take yet, larger than the agent lets it grow", async () => {
    const volumeOf = async (values: Record<string, string>) =>
      JSON.stringify(only(await rendered(values), "Deployment"));
    const own = await volumeOf({ "spool.capMi": "100" });
    expect(own).toContain('{"name":"SEATRIAL_SPOOL_MIB","value":"100"}');
    expect(own).toContain('{"name":"spool","emptyDir":{"sizeLimit":"132Mi"}}');
    expect(own).toContain('{"name":"spool","mountPath":"/spool"}');
    const claimed = await volumeOf({ "spool.claim": "disk" });
    expect(claimed).toContain('{"name":"spool","persistentVolumeClaim":{"claimName":"disk"}}');
    await refused({ "spool.capMi": "0" }).toThrow("capMi");
  });

  it("lets attempts reach DNS, the hub, environments and node ports of private networks, and nothing else", async () => {
    const [policy] = only(await rendered(), "NetworkPolicy");
    expect(policy?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [
        {
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
        { ports: [{ protocol: "TCP", port: 8443 }], to: [{ ipBlock: { cidr: "10.88.0.1/32" } }] },
        {
          to: [
            {
              namespaceSelector: {
                matchExpressions: [{ key: "seatrial.dev/environment", operator: "Exists" }],
              },
            },
          ],
        },
        {
          ports: [{ protocol: "TCP", port: 30000, endPort: 32767 }],
          to: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => ({ ipBlock: { cidr } })),
        },
      ],
    });
    const [closed] = only(await rendered({ "networkPolicy.nodePortCidrs": "null" }), "NetworkPolicy");
    expect(JSON.stringify(closed)).not.toContain("32767");
    const [byName] = only(
      await rendered({ "hub.url": "https://hub.example.com", "networkPolicy.hubCidrs[0]": "192.0.2.0/24" }),
      "NetworkPolicy",
    );
    expect(JSON.stringify(byName)).toContain(
      '{"ports":[{"protocol":"TCP","port":443}],"to":[{"ipBlock":{"cidr":"192.0.2.0/24"}}]}',
    );
  });

  it("tells the agent on which nodes tests run, apart from where the agent itself runs", async () => {
    const objects = await rendered({
      "work.nodeSelector.pool": "tests",
      "work.tolerations[0].key": "tests",
      "work.tolerations[0].operator": "Exists",
      "nodeSelector.pool": "system",
    });
    const [deployment] = only(objects, "Deployment", "st-agent");
    expect(deployment).toMatchObject({ spec: { template: { spec: { nodeSelector: { pool: "system" } } } } });
    const text = JSON.stringify(deployment);
    expect(text).toContain(JSON.stringify({ name: "SEATRIAL_NODE_SELECTOR", value: '{"pool":"tests"}' }));
    const tolerations = '[{"key":"tests","operator":"Exists"}]';
    expect(text).toContain(JSON.stringify({ name: "SEATRIAL_TOLERATIONS", value: tolerations }));
  });

  it("lets the agent measure how much room there is, unless its nodes are made when pods wait", async () => {
    const measures = async (values: Record<string, string> = {}) =>
      JSON.stringify(only(await rendered(values), "Deployment", "st-agent"));
    const variable = (value: string) => JSON.stringify({ name: "SEATRIAL_MEASURE_ROOM", value });
    expect(await measures()).toContain(variable("true"));
    expect(await measures({ measureRoom: "false" })).toContain(variable("false"));
  });

  it("sets the work namespace's pod security level and quota", async () => {
    const objects = await rendered({ podSecurity: "baseline", "work.quota.pods": "50" });
    const [namespace] = only(objects, "Namespace");
    expect(namespace?.metadata).toMatchObject({
      name: "seatrial-work",
      labels: { "pod-security.kubernetes.io/enforce": "baseline" },
    });
    expect(only(objects, "ResourceQuota")[0]?.spec).toEqual({ hard: { pods: 50 } });
    expect(only(await rendered(), "ResourceQuota")).toHaveLength(0);
  });

  describe("with a provisioner", () => {
    const withProvisioner = {
      "provisioner.enabled": "true",
      "provisioner.joinToken": "st_provisioner",
      "provisioner.repairs.deleteDeadApiServices[0]": "v1.dead.example.com",
    };
    const rulesOf = async (values: Record<string, string>) => {
      const [role] = only(await rendered(values), "ClusterRole", "system-st-provisioner");
      return role?.rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[];
    };

    it("has none of its objects without being asked", async () => {
      const text = JSON.stringify(await rendered());
      expect(text).not.toContain("provisioner");
      expect(text).not.toContain("janitor");
    });

    it("lets it read every type, and write only what is listed", async () => {
      const rules = await rulesOf(withProvisioner);
      const everything = rules.filter(({ resources }) => resources.includes("*") && resources.length === 1);
      expect(everything.map(({ apiGroups, verbs }) => [apiGroups, verbs])).toEqual([
        [["*"], ["get", "list", "watch"]],
        [["gateway.networking.k8s.io"], expect.any(Array)],
      ]);
      const written = rules
        .filter(({ verbs }) => verbs.includes("create"))
        .flatMap(({ resources }) => resources);
      expect(written).toContain("deployments");
      for (const never of ["nodes", "pods/exec", "clusterroles", "customresourcedefinitions"])
        expect(written).not.toContain(never);
      expect(rules).toContainEqual({
        apiGroups: ["apiregistration.k8s.io"],
        resources: ["apiservices"],
        resourceNames: ["v1.dead.example.com"],
        verbs: ["delete"],
      });
    });

    it("runs it restricted, one at a time, with its token from a Secret and its key in another", async () => {
      const objects = await rendered(withProvisioner);
      const [deployment] = only(objects, "Deployment", "st-provisioner");
      expect(deployment?.spec).toMatchObject({
        replicas: 1,
        strategy: { type: "Recreate" },
        template: {
          metadata: { labels: { "app.kubernetes.io/name": "seatrial-provisioner" } },
          spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
        },
      });
      expect(JSON.stringify(deployment)).not.toContain("st_provisioner");
      const [identity] = only(objects, "Secret", "st-provisioner-identity");
      expect(identity).not.toHaveProperty("data");
      expect(identity).not.toHaveProperty("stringData");
    });

    it("has a janitor that needs neither hub nor provisioner, unless it is switched off", async () => {
      const [job] = only(await rendered(withProvisioner), "CronJob");
      const text = JSON.stringify(job);
      expect(text).toContain("/app/env-provisioner/src/janitor/main.ts");
      expect(text).not.toContain("SEATRIAL_HUB_URL");
      const without = await rendered({ ...withProvisioner, "provisioner.janitor.enabled": "false" });
      expect(only(without, "CronJob")).toEqual([]);
    });
  });

  it("refuses values that are wrong, by name", async () => {
    await refused({ "hub.url": "hub:8443" }).toThrow("/hub/url");
    await refused({ "cluster.name": "East_1" }).toThrow("/cluster/name");
    await refused({ podSecurity: "privileged" }).toThrow("/podSecurity");
    await refused({ slots: "0" }).toThrow("/slots");
    await refused({ slot: "5" }).toThrow("slot");
  });
});
