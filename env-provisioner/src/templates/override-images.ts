import { nearestName } from "@seatrial/contracts/configuration/nearest-name.ts";
import { OperationError } from "../operation-error.ts";
import type { KubernetesObject } from "../planned-object.ts";

/**
 * Puts other images into containers and init containers, wherever an object has a pod's spec. An override matches the
 * image as it is written, or its name without tag and digest; the whole reference is replaced. Throws OperationError
 * (`template_invalid`) for an override that matches nothing, with the nearest image.
 */
export function overrideImages(
  objects: readonly KubernetesObject[],
  images: ReadonlyMap<string, string>,
  component: string,
): void {
  if (images.size === 0) return;
  const used = new Set<string>();
  const seen = new Set<string>();
  for (const object of objects)
    for (const container of containersOf(object)) {
      seen.add(container.image);
      const key = [container.image, imageName(container.image)].find((name) => images.has(name));
      const image = key === undefined ? undefined : images.get(key);
      if (key === undefined || image === undefined) continue;
      used.add(key);
      container.image = image;
    }
  for (const name of images.keys()) if (!used.has(name)) throw noMatch(name, [...seen], component);
}

type Container = { image: string };

/** Containers at any depth: pods, templates of workloads, and custom resources that embed them. */
function containersOf(value: unknown): Container[] {
  if (Array.isArray(value)) return value.flatMap(containersOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    ["containers", "initContainers"].includes(key) && Array.isArray(inner)
      ? inner.filter(isContainer)
      : containersOf(inner),
  );
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "image") === "string";
}

/** `registry:5000/name` of `registry:5000/name:tag@sha256:…`. */
export function imageName(reference: string): string {
  const [withoutDigest = reference] = reference.split("@");
  return withoutDigest.replace(/:[^/:]*$/, "");
}

function noMatch(name: string, seen: readonly string[], component: string): OperationError {
  const nearest = nearestName(name, [...seen, ...seen.map(imageName)]);
  const fix = nearest
    ? `did you mean ${nearest}?`
    : seen.length > 0
      ? `there are: ${[...new Set(seen.map(imageName))].slice(0, 10).join(", ")}`
      : "no container has an image";
  return new OperationError(
    "template_invalid",
    `images of component ${component}: no container uses "${name}" (${fix})`,
  );
}
