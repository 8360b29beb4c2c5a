/** A line of the file and what it means; without code, a line that is a comment. */
export type Line = { code: string; why: string };

/** What the environment is called. */
export const environmentName = "preview";
