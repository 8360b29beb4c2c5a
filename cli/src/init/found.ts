import type { SuiteTool } from "@seatrial/contracts/suites/suite-spec.ts";

/** A port that a Service of the environment has, as far as files say it. */
export type FoundPort = {
  port: number;
  name: string | null;
  from: string;
  /** Its Service is a NodePort or a LoadBalancer: reachable from the network. */
  isOpen: boolean;
};

/** Something that an environment can be made of. */
export type FoundEnvironment = {
  kind: "chart" | "kustomize" | "manifests";
  /** Relative; `.` is the top. */
  path: string;
  /** Value files for it, later ones win; only of charts. */
  values: string[];
  ports: FoundPort[];
  /** Path of a readiness probe. */
  ready: { path: string; from: string } | null;
  /** Names of images without tags, as files write them. */
  images: string[];
};

/** Tests that a suite can run. */
export type FoundSuite = {
  name: string;
  tool: SuiteTool | null;
  /** For suites without a preset. */
  image: string | null;
  command: string | null;
  arguments: string[];
  path: string;
  junit: string | null;
  env: Record<string, string>;
  /** How many files have tests. */
  files: number;
  /** What showed that they are there. */
  because: string;
  /** Said beside its image or tool. */
  note: string;
  /** The variable in which its tests look for an address. */
  address: string | null;
};

export type Found = {
  environments: FoundEnvironment[];
  suites: FoundSuite[];
  /** What was seen and not used, and why. */
  notes: string[];
};

/** What of it goes into the file. */
export type Choice = {
  environment: FoundEnvironment | null;
  /** Of the environment; null: it publishes nothing. */
  port: number | null;
  suites: FoundSuite[];
  /** Whether pull requests start a run. */
  onPullRequests: boolean;
};
