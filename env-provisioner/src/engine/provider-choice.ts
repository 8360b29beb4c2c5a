import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { OperationError } from "../operation-error.ts";

/** Through what the engine reaches Kubernetes: Seatrial's own provider in the runner, or Pulumi's official plugin. */
export type ProviderChoice =
  | { readonly kind: "embedded" }
  | { readonly kind: "plugin"; readonly version: string; readonly folder: string };

/** What the provisioner is configured with. */
export type ProviderSettings = {
  /** For environments that have no state yet. */
  readonly kind: ProviderChoice["kind"];
  /** The folder that holds the plugin's program; null: there is none here. */
  readonly pluginFolder: string | null;
  readonly pluginVersion: string;
};

const embeddedName = "embedded/1";
const pluginProgram = "pulumi-resource-kubernetes";

/** As it is recorded beside the state that it wrote: `embedded/1`, `plugin/4.34.2`. */
export function nameOfProvider(choice: ProviderChoice): string {
  return choice.kind === "embedded" ? embeddedName : `plugin/${choice.version}`;
}

/**
 * The provider of an operation: the one that the environment's state was written with (`recorded`), whatever the
 * settings say meanwhile, since the two do not read each other's states; for the first operation, the settings'. Throws
 * `provider_missing` when that plugin, in that version, is not here.
 */
export async function chooseProvider(
  recorded: string | null,
  { kind, pluginFolder, pluginVersion }: ProviderSettings,
): Promise<ProviderChoice> {
  const name = recorded ?? (kind === "embedded" ? embeddedName : `plugin/${pluginVersion}`);
  if (name === embeddedName) return { kind: "embedded" };
  const version = /^plugin\/(.+)$/.exec(name)?.[1];
  if (version === undefined)
    throw new OperationError(
      "provider_missing",
      `The environment was made with the Kubernetes provider ${name}, which this version of Seatrial does not have`,
    );
  const needs = `The environment is made with Pulumi's Kubernetes plugin ${version}`;
  const install =
    `put the program of 'pulumi plugin install resource kubernetes v${version}' into the provisioner's image ` +
    "and name its folder in SEATRIAL_KUBERNETES_PLUGIN";
  if (pluginFolder === null)
    throw new OperationError("provider_missing", `${needs}, and this provisioner has none: ${install}`);
  if (pluginVersion !== version)
    throw new OperationError(
      "provider_missing",
      `${needs}, and this provisioner has ${pluginVersion}: ${install}, with SEATRIAL_KUBERNETES_PLUGIN_VERSION ${version}`,
    );
  const program = join(pluginFolder, pluginProgram);
  const isThere = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new OperationError("provider_missing", `${needs}, and there is no program ${program}: ${install}`);
  return { kind: "plugin", version, folder: pluginFolder };
}
