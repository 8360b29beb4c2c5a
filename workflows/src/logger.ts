/** The part of a logger that is used here; pino fits. */
export type Logger = {
  info: (facts: object, message: string) => void;
  warn: (facts: object, message: string) => void;
  error: (facts: object, message: string) => void;
};

/** Says nothing: for tests and for processes that say things themselves. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} };
