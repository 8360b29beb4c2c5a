import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { LabConfig } from "./base/config.ts";
import { labDown } from "./lab-down.ts";
import { labLoad } from "./lab-load.ts";
import { labStatus } from "./lab-status.ts";
import { labUp } from "./lab-up.ts";

/** A machine of its own: a root folder, and stand-in programs that record how they are called. */
async function createMachine(programs: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "lab-machine-"));
  await mkdir(join(folder, "bin"));
  const callsFile = join(folder, "calls");
  await writeFile(callsFile, "");
  for (const [name, script] of Object.entries(programs)) {
    const text = `#!/bin/sh\necho "${name} $*" >> ${callsFile}\n${script}\n`;
    await writeFile(join(folder, "bin", name), text, { mode: 0o755 });
  }
  const config: LabConfig = {
    rootFolder: join(folder, "lab"),
    imageCacheFolder: join(folder, "images"),
    isRoot: false,
    platform: process.platform,
    environment: { PATH: `${join(folder, "bin")}:/bin:/usr/bin`, HOME: folder, FOLDER: folder },
  };
  const calls = async (): Promise<string[]> => (await readFile(callsFile, "utf8")).trim().split("\n");
  return { folder, config, calls };
}

/** Stand-ins that behave as the real programs do where the driver looks. They keep clusters in a file. */
const docker = `case "$1" in
  inspect) [ -e "$FOLDER/registry" ] && echo true || exit 1 ;;
  run) touch "$FOLDER/registry" ;;
  rm) rm -f "$FOLDER/registry" ;;
  exec) cat > "$FOLDER/exec-input" ;;
esac`;
const kind = `case "$1 $2" in
  "get clusters") [ -e "$FOLDER/clusters" ] && cat "$FOLDER/clusters" || true ;;
  "create cluster") echo "$4" >> "$FOLDER/clusters" ;;
  "delete cluster") [ -e "$FOLDER/clusters" ] && grep -v "^$4$" "$FOLDER/clusters" > "$FOLDER/new"; [ -e "$FOLDER/new" ] && mv "$FOLDER/new" "$FOLDER/clusters" || true ;;
esac`;

describe("the kind driver", () => {
  test("is taken when Docker answers, and makes each cluster with its own kubeconfig and audit log", async () => {
    const { config, calls } = await createMachine({ docker, kind });
    const state = await labUp({ clusters: 2, config });
    expect(state.driver).toBe("kind");
    expect(state.clusters.map(({ name, phase, context }) => [name, phase, context])).toEqual([
      ["east", "ready", "kind-seatrial-east"],
      ["west", "ready", "kind-seatrial-west"],
    ]);
    const root = config.rootFolder;
    expect(await calls()).toContain(
      `kind create cluster --name seatrial-east --config ${root}/east/kind.yaml --kubeconfig ${root}/east/admin.conf --wait 120s`,
    );
    const file = parse(await readFile(join(root, "east", "kind.yaml"), "utf8"));
    const patches = file.nodes[0].kubeadmConfigPatches.map((text: string) => parse(text));
    expect(patches[0].controllerManager.extraArgs).toEqual({ "node-monitor-grace-period": "16s" });
    expect(patches[0].apiServer.extraArgs["audit-log-format"]).toBe("json");
    expect(file.nodes[0].extraMounts.map(({ hostPath }: { hostPath: string }) => hostPath)).toEqual([
      `${root}/east/audit-policy.yaml`,
      `${root}/east/log`,
    ]);
  });

  test("starts one registry and tells every node where it is", async () => {
    const { config, calls, folder } = await createMachine({ docker, kind });
    await labUp({ clusters: 1, config });
    const made = (await calls()).filter((call) => call.startsWith("docker run"));
    expect(made).toEqual([
      "docker run --detach --restart always --name seatrial-lab-registry --network kind --publish 127.0.0.1:5000:5000 registry:2",
    ]);
    expect(await readFile(join(folder, "exec-input"), "utf8")).toContain("http://seatrial-lab-registry:5000");
    expect((await labStatus({ config }))?.registry?.address).toBe("127.0.0.1:5000");
  });

  test("changes nothing when it is repeated, and finishes what a killed `up` left half made", async () => {
    const { config, calls } = await createMachine({ docker, kind });
    await labUp({ clusters: 1, config });
    await labUp({ clusters: 1, config });
    const creations = (await calls()).filter((call) => call.startsWith("kind create"));
    expect(creations).toHaveLength(1);
    const stateFile = join(config.rootFolder, "lab.json");
    const text = await readFile(stateFile, "utf8");
    await writeFile(stateFile, text.replace('"ready"', '"starting"'));
    await labUp({ clusters: 1, config });
    expect((await calls()).filter((call) => call.startsWith("kind create"))).toHaveLength(2);
  });

  test("takes down its own clusters and registry, and no other cluster", async () => {
    const { config, calls, folder } = await createMachine({ docker, kind });
    await labUp({ clusters: 1, config });
    await writeFile(join(folder, "clusters"), "seatrial-east\nmine\nseatrial-other\n");
    await labDown({ config });
    expect(await readFile(join(folder, "clusters"), "utf8")).toBe("mine\nseatrial-other\n");
    expect(await calls()).toContain("docker rm --force --volumes seatrial-lab-registry");
    expect(await labStatus({ config })).toBeUndefined();
  });

  test("says what is missing when there is Docker and no kind", async () => {
    const { config } = await createMachine({ docker, kind: "exit 127" });
    await expect(labUp({ config })).rejects.toThrow(/`kind` is not on PATH/);
  });

  test("shows what kind complained about", async () => {
    const failing = kind.replace('echo "$4" >> "$FOLDER/clusters"', 'echo "no space left" >&2; exit 1');
    const { config } = await createMachine({ docker, kind: failing });
    await expect(labUp({ config })).rejects.toThrow(/kind create cluster.*no space left/s);
  });
});

describe("choosing a driver", () => {
  test("without Docker, and without root on Linux, says what to do", async () => {
    const { config } = await createMachine({ docker: "exit 1" });
    await expect(labUp({ config })).rejects.toMatchObject({ code: "not_supported" });
    await expect(labUp({ config })).rejects.toThrow(/Start Docker, repeat as root, or name clusters/);
  });

  test("stays with the driver of the lab that is up and refuses another", async () => {
    const { config } = await createMachine({ docker, kind });
    await labUp({ config });
    await expect(labUp({ config, driver: "native" })).rejects.toThrow(/lab of the kind driver is up/);
  });

  test.each([0, 5, 1.5, Number.NaN])("refuses %d clusters", async (clusters) => {
    const { config } = await createMachine({ docker, kind });
    await expect(labUp({ config, clusters })).rejects.toThrow(/1 to 4 clusters/);
  });
});

describe("clusters of the user's own contexts", () => {
  async function createKubeconfig(config: LabConfig): Promise<LabConfig> {
    const file = join(config.environment.FOLDER ?? "", "kubeconfig");
    await writeFile(file, stringify({ apiVersion: "v1", kind: "Config", contexts: [{ name: "office" }] }));
    return { ...config, environment: { ...config.environment, KUBECONFIG: file } };
  }

  test("are recorded with their kubeconfig, and only forgotten by `down`", async () => {
    const config = await createKubeconfig((await createMachine({})).config);
    const state = await labUp({ config, contexts: ["office"] });
    expect(state.driver).toBe("context");
    expect(state.clusters).toEqual([
      { name: "office", phase: "ready", kubeconfig: config.environment.KUBECONFIG, context: "office" },
    ]);
    await labDown({ config });
    expect(await readFile(config.environment.KUBECONFIG ?? "", "utf8")).toContain("office");
    expect(await labStatus({ config })).toBeUndefined();
  });

  test("must exist, and the error names those that do", async () => {
    const config = await createKubeconfig((await createMachine({})).config);
    await expect(labUp({ config, contexts: ["home"] })).rejects.toThrow(/context "home".*office/);
    expect(await labStatus({ config })).toBeUndefined();
  });

  test("take no image, for they have no registry of the lab", async () => {
    const config = await createKubeconfig((await createMachine({})).config);
    await labUp({ config, contexts: ["office"] });
    const folder = await mkdtemp(join(tmpdir(), "lab-image-"));
    await writeFile(join(folder, "config"), "{}");
    const manifest = [{ Config: "config", RepoTags: ["a:1"], Layers: [] }];
    await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
    await expect(labLoad(folder, { config })).rejects.toMatchObject({ code: "refused_by_driver" });
  });
});
