/** The version of this command line; the hub it talks to should have the same. */
export const version = "0.1.0";
