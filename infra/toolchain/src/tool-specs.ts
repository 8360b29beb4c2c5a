import { join } from "node:path";
import { hashFolder } from "./folder-hash.ts";
import type { AcceptedVersions, BuildRecipe, ToolSpec } from "./tool-spec.ts";

export const kubernetesPrograms = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kubectl",
] as const;
export const toolNames = [
  ...kubernetesPrograms,
  "etcd",
  "helm",
  "coredns",
  "versitygw",
  "temporal",
  "pulumi",
  "podinfo",
  "podcli",
  "helper",
  "kwok",
  "tekton-controller",
] as const;
export type ToolName = (typeof toolNames)[number];

const kubernetesVersion = "1.36.3";
const moduleFolders = join(import.meta.dirname, "..");
const helperFolder = join(import.meta.dirname, "../../../cluster-agent/helper");

/**
 * Every tool with its pinned version. The helper's version is the hash of its sources, so this reads the disk.
 * No download is pinned: a sha256 that nobody could check against the publisher would protect nothing.
 */
export async function loadToolSpecs(): Promise<readonly ToolSpec[]> {
  return [
    ...kubernetesPrograms.map(kubernetesSpec),
    moduleSpec("etcd", "3.6.16", {
      accepted: { minimum: "3.6.0", below: "3.7.0" },
      versionArguments: ["--version"],
      // The module root is the command, so `go install` would name the program "server".
      how: { kind: "build", package: "go.etcd.io/etcd/server/v3" },
    }),
    moduleSpec("helm", "4.3.1", {
      accepted: { minimum: "4.0.0", below: "5.0.0" },
      versionArguments: ["version", "--short"],
      linkerFlags: ["-X", "helm.sh/helm/v4/internal/version.version=v4.3.1"],
    }),
    moduleSpec("coredns", "1.14.7", {
      accepted: { minimum: "1.11.0", below: "2.0.0" },
      versionArguments: ["-version"],
    }),
    moduleSpec("versitygw", "1.8.0", {
      accepted: { minimum: "1.8.0", below: "2.0.0" },
      versionArguments: ["--version"],
      linkerFlags: ["-X", "main.Version=v1.8.0"],
    }),
    moduleSpec("temporal", "1.8.2", {
      accepted: { minimum: "1.5.0", below: "2.0.0" },
      versionArguments: ["--version"],
      linkerFlags: ["-X", "github.com/temporalio/cli/internal/temporalcli.Version=1.8.2"],
    }),
    // Exactly the version of npm's @pulumi/pulumi: engine and SDK speak one protocol.
    moduleSpec("pulumi", "3.259.0", {
      accepted: { minimum: "3.259.0", below: "3.260.0" },
      versionArguments: ["version"],
      linkerFlags: ["-X", "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0"],
    }),
    ...podinfoPrograms.map(podinfoSpec),
    await helperSpec(),
    // These two are for benchmarks alone: fake nodes, and the controller that ours is measured against.
    moduleSpec("kwok", "0.8.0", {
      accepted: { minimum: "0.8.0", below: "0.9.0" },
      versionArguments: ["--version"],
    }),
    tektonSpec(),
  ];
}

function kubernetesSpec(name: (typeof kubernetesPrograms)[number]): ToolSpec {
  return {
    name,
    version: kubernetesVersion,
    accepted: { minimum: "1.36.0", below: "1.37.0" },
    versionArguments: name === "kubectl" ? ["version", "--client"] : ["--version"],
    downloads: {},
    build: {
      key: `kubernetes-${kubernetesVersion}`,
      folder: join(moduleFolders, "kubernetes"),
      programs: kubernetesPrograms,
      how: { kind: "install" },
      linkerFlags: ["-s", "-w", ...kubernetesVersionFlags()],
    },
  };
}

/** The API server parses its own version, so a build without these flags does not start. */
function kubernetesVersionFlags(): string[] {
  const [major, minor] = kubernetesVersion.split(".");
  const values = [
    `gitVersion=v${kubernetesVersion}`,
    `gitMajor=${major}`,
    `gitMinor=${minor}`,
    "gitTreeState=clean",
    `gitCommit=${"0".repeat(40)}`,
    "buildDate=2026-01-01T00:00:00Z",
  ];
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return packages.flatMap((path) => values.flatMap((value) => ["-X", `${path}.${value}`]));
}

type ModuleOptions = {
  accepted: AcceptedVersions;
  versionArguments: readonly string[];
  how?: BuildRecipe["how"];
  linkerFlags?: readonly string[];
};

function moduleSpec(name: string, version: string, options: ModuleOptions): ToolSpec {
  return {
    name,
    version,
    accepted: options.accepted,
    versionArguments: options.versionArguments,
    downloads: {},
    build: {
      key: `${name}-${version}`,
      folder: join(moduleFolders, name),
      programs: [name],
      how: options.how ?? { kind: "install" },
      linkerFlags: ["-s", "-w", ...(options.linkerFlags ?? [])],
    },
  };
}

const podinfoPrograms = ["podinfo", "podcli"] as const;

/** The application that environments are tried with. Its chart and kustomization are in its module (see `findModuleFolder`). */
function podinfoSpec(name: (typeof podinfoPrograms)[number]): ToolSpec {
  return {
    name,
    version: "6.9.2",
    versionArguments: ["--version"],
    downloads: {},
    build: {
      key: "podinfo-6.9.2",
      folder: join(moduleFolders, "podinfo"),
      programs: podinfoPrograms,
      how: { kind: "install" },
      linkerFlags: ["-s", "-w"],
    },
  };
}

/** Its CRDs and settings are in its module (see `findModuleFolder`). It cannot tell its version, so none on PATH is taken. */
function tektonSpec(): ToolSpec {
  return {
    name: "tekton-controller",
    version: "1.15.0",
    versionArguments: [],
    downloads: {},
    build: {
      key: "tekton-1.15.0",
      folder: join(moduleFolders, "tekton"),
      programs: ["tekton-controller"],
      how: { kind: "build", package: "github.com/tektoncd/pipeline/cmd/controller" },
      linkerFlags: ["-s", "-w"],
    },
  };
}

async function helperSpec(): Promise<ToolSpec> {
  const version = await hashFolder(helperFolder);
  return {
    name: "helper",
    version,
    versionArguments: [],
    downloads: {},
    build: {
      key: `helper-${version}`,
      folder: helperFolder,
      programs: ["helper"],
      how: { kind: "build", package: "." },
      linkerFlags: ["-s", "-w"],
      targetSystem: "linux",
    },
  };
}
