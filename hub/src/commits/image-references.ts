import type { ResolvedConfiguration } from "@seatrial/contracts/configuration/parse-configuration.ts";
import type { ResolvedRun } from "@seatrial/contracts/configuration/resolve-run.ts";
import type { EnvironmentTemplate } from "@seatrial/contracts/environments/environment-template.ts";
import type { EnvironmentRow } from "../environments/environment-row.ts";

type Change = NonNullable<EnvironmentRow["change"]>;

/** As the provisioner fills it in; `$${…}` stands for itself. */
const pattern = /\$?\$\{\s*(change\.sha|change\.branch)\s*\}/g;

/**
 * References of a registry that the environments of these runs put into their objects, without those that are pinned by
 * a digest already and those that name what is not known before the environment is made.
 */
export function imageReferences(
  configuration: ResolvedConfiguration,
  runs: readonly ResolvedRun[],
  change: Change,
): string[] {
  const used = new Set(runs.map(({ environment }) => environment));
  const written = configuration.environments
    .filter(({ name }) => used.has(name))
    .flatMap(({ template }) => template.components)
    .flatMap(({ images }) => Object.values(images));
  const filled = written.map((reference) => fillReference(reference, change));
  return [...new Set(filled.filter((reference) => !reference.includes("${") && !reference.includes("@")))];
}

/** The template with each of these references replaced by its name and digest. */
export function pinImages(
  template: EnvironmentTemplate,
  change: Change,
  digests: Readonly<Record<string, string | null>>,
): EnvironmentTemplate {
  const pin = (written: string): string => {
    const reference = fillReference(written, change);
    const digest = Object.hasOwn(digests, reference) ? digests[reference] : null;
    return digest ? `${imageName(reference)}@${digest}` : written;
  };
  const components = template.components.map((component) => {
    const images = Object.entries(component.images).map(([name, written]) => [name, pin(written)] as const);
    return { ...component, images: Object.fromEntries(images) };
  });
  return { ...template, components };
}

/** What is no reference can never be there: https://github.com/distribution/reference/blob/v0.6.0/reference.go. */
export function isImageReference(text: string): boolean {
  return /^(?:[A-Za-z0-9.-]+(?::[0-9]+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$/.test(
    text,
  );
}

function fillReference(written: string, { sha, branch }: Change): string {
  return written.replace(pattern, (found, name: string) => {
    if (found.startsWith("$$")) return found.slice(1);
    return (name === "change.sha" ? sha : branch) ?? "";
  });
}

/** `registry:5000/name` of `registry:5000/name:tag`. */
function imageName(reference: string): string {
  return reference.replace(/:[^/:]*$/, "");
}
