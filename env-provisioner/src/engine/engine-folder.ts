import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProviderChoice } from "./provider-choice.ts";
import type { StateKeyService } from "./serve-state-key.ts";

type Where = { folder: string; project: string; environmentId: string };

/** The name by which the engine knows the environment's stack. */
export function stackName({ project, environmentId }: Where): string {
  return `organization/${project}/${environmentId}`;
}

export function stateFile({ folder, project, environmentId }: Where): string {
  return join(folder, ".pulumi", "stacks", project, `${environmentId}.json`);
}

export function locksFolder({ folder, project, environmentId }: Where): string {
  return join(folder, ".pulumi", "locks", "organization", project, environmentId);
}

/** The engine's own home: plugins, settings and logs of other operations are out of its sight. */
export function engineHome(folder: string): string {
  return join(folder, "home");
}

/** Writes all that the engine otherwise makes with processes of its own: stack, settings, state. */
export async function prepareFolder(
  where: Where & { provider?: ProviderChoice },
  state: Uint8Array,
  key: StateKeyService,
): Promise<void> {
  const { folder, project, environmentId, provider } = where;
  const plugins = provider?.kind === "plugin" ? { plugins: { providers: [pluginOf(provider)] } } : {};
  await mkdir(join(folder, ".pulumi", "stacks", project), { recursive: true, mode: 0o700 });
  await mkdir(engineHome(folder), { recursive: true, mode: 0o700 });
  const backend = `file://${folder}?metadata=skip`;
  const settings = [`secretsprovider: ${key.secretsProvider}`, `encryptedkey: ${key.encryptedKey}`, ""];
  await Promise.all([
    writeFile(join(folder, ".pulumi", "meta.yaml"), "version: 1\n"),
    writeFile(
      join(folder, "Pulumi.yaml"),
      JSON.stringify({ name: project, runtime: "nodejs", backend: { url: backend }, ...plugins }),
    ),
    // Without it the engine would encrypt the state anew, with an empty passphrase.
    writeFile(join(folder, `Pulumi.${environmentId}.yaml`), settings.join("\n")),
    writeFile(stateFile(where), state, { mode: 0o600 }),
  ]);
}

/** Where the engine finds it: it is told to look for none anywhere else. */
function pluginOf({ folder, version }: Extract<ProviderChoice, { kind: "plugin" }>) {
  return { name: "kubernetes", path: folder, version };
}

/** The state as the engine left it. */
export function readState(where: Where): Promise<Uint8Array> {
  return readFile(stateFile(where));
}
