/** What a state was written with: stored beside it, so that a later version knows what it opens. */
export const engineVersions = { engine: "3.259.0", provider: "embedded/1" } as const;
