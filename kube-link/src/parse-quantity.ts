const factors: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
/** `1E` is a suffix and `1E3` an exponent. */
const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * A Kubernetes quantity such as `4`, `3920m`, `1.5Gi` or `1e3` as a number, times `perUnit` (1000: thousandths); null
 * when it is none.
 */
export function parseQuantity(text: string, perUnit = 1): number | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, digits = "", exponent, suffix = ""] = match;
  if (exponent !== undefined) return Number(`${digits}${exponent}`) * perUnit;
  // The factors first: 3920m in thousandths is then 3920 exactly.
  return Number(digits) * ((factors[suffix] ?? 1) * perUnit);
}
