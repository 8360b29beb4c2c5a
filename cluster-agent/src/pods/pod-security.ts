/** `restricted` and `baseline` are the Pod Security Standards of those names. */
export const podSecurityLevels = ["restricted", "baseline"] as const;
export type PodSecurityLevel = (typeof podSecurityLevels)[number];

/** A user that no image has, as distroless images use. */
const plainUser = 65_532;

/** For the pod as a whole. `baseline` leaves the user to the image: for images that must be root. */
export function podSecurityContext(level: PodSecurityLevel): Record<string, unknown> {
  const seccompProfile = { type: "RuntimeDefault" };
  if (level === "baseline") return { seccompProfile };
  return {
    seccompProfile,
    runAsNonRoot: true,
    runAsUser: plainUser,
    runAsGroup: plainUser,
    fsGroup: plainUser,
  };
}

/** For each container. */
export function containerSecurityContext(level: PodSecurityLevel): Record<string, unknown> {
  const never = { allowPrivilegeEscalation: false };
  return level === "baseline" ? never : { ...never, capabilities: { drop: ["ALL"] } };
}
