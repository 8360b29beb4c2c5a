/** What a check found. `fix` says how to mend it. A check that could not be made because of another is `null`. */
export type Finding = { name: string; isGood: boolean; found: string; fix?: string };

export function good(name: string, found: string): Finding {
  return { name, isGood: true, found };
}

export function bad(name: string, found: string, fix: string): Finding {
  return { name, isGood: false, found, fix };
}
