import { runCommand } from "../base/run-command.ts";
import { registryAddress } from "../state/cluster-plan.ts";
import type { ClusterPaths } from "../state/lab-paths.ts";
import type { BuiltImage } from "./built-image.ts";

/** Makes an image of the lab's registry present in a cluster under its tag and its digest, so that pods start at once. */
export async function pullImage(image: BuiltImage, paths: ClusterPaths): Promise<void> {
  const byDigest = `${registryAddress}/${image.name}@${image.digest}`;
  const byTag = `${registryAddress}/${image.name}:${image.tag}`;
  const ctr = (...words: string[]): Promise<string> =>
    runCommand("ctr", ["--address", paths.containerdSocket, "--namespace", "k8s.io", "images", ...words], {
      timeoutSeconds: 300,
    });
  await ctr("pull", "--hosts-dir", paths.file("registries"), byDigest);
  await ctr("tag", "--force", byDigest, byTag);
}
