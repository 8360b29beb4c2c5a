const keyPattern = /^[a-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;

/** Throws unless the key is a safe relative path. A key is made by the hub alone, so this is a bug when it throws. */
export function assertBlobKey(key: string): void {
  if (key.length > 500 || !keyPattern.test(key))
    throw new TypeError(`Not a blob key: ${JSON.stringify(key)}`);
}
