export const cpuPattern = /^(?:(\d{1,6})m|(\d{1,3}(?:\.\d{1,3})?))$/;
export const memoryPattern = /^(\d{1,9}(?:\.\d{1,3})?)(Ki|Mi|Gi|k|M|G)$/;
export const durationPattern = /^(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/;

const memoryUnits: Record<string, number> = {
  Ki: 1_024,
  Mi: 1_024 ** 2,
  Gi: 1_024 ** 3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};

/** Kubernetes' spelling of processor time, in thousandths of a core: `500m` is 500, `0.5` is 500, `2` is 2000. Null: not one. */
export function parseCpuMillis(text: string | number): number | null {
  const match = cpuPattern.exec(String(text));
  if (!match) return null;
  return match[1] === undefined ? Math.round(Number(match[2]) * 1_000) : Number(match[1]);
}

/** Kubernetes' spelling of memory, in bytes: `512Mi`, `2Gi`, `500M`. Null: not one. */
export function parseMemoryBytes(text: string): number | null {
  const match = memoryPattern.exec(text);
  const unit = memoryUnits[match?.[2] ?? ""];
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : null;
}

/** A length of time in seconds: `90s`, `10m`, `1h30m`. Null: not one. */
export function parseDurationSeconds(text: string): number | null {
  const match = durationPattern.exec(text);
  if (!match || text === "") return null;
  return Number(match[1] ?? 0) * 3_600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
}
