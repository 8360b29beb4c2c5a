/** What a state is written with: stored beside it with the provider's, so that a later version knows what it opens. */
export const engineVersion = "3.259.0";
