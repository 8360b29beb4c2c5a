/** The part of a logger that is used here; pino fits. */
export type Logger = {
  debug: (facts: object, message: string) => void;
  info: (facts: object, message: string) => void;
  warn: (facts: object, message: string) => void;
  error: (facts: object, message: string) => void;
};

/** Says nothing: for tests. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
