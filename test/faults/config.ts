/** Where the processes under test find programs; the rest of this process's environment is not theirs. */
export const searchPath = process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin";
