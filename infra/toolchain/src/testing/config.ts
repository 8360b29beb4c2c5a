/** What the tests' child programs need of this machine: Go's caches and a PATH with Go. */
export const machineEnvironment: Readonly<Record<string, string | undefined>> = {
  HOME: process.env.HOME,
  PATH: process.env.PATH,
  GOCACHE: process.env.GOCACHE,
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
};
