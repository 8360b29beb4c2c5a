/** Takes one line of progress for a person to read. */
export type Report = (step: string) => void;

/** Runs `work`; when it takes longer than a second, says so once at that second and once at its end. */
export async function withProgress<T>(report: Report, step: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let said = false;
  const timer = setTimeout(() => {
    said = true;
    report(`${step} …`);
  }, 1000);
  try {
    const result = await work();
    if (said) report(`${step}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
