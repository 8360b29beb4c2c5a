const { DefaultFailureConverter } = require("@temporalio/common");

/**
 * Messages and stacks of failures go into payloads, where the codec encrypts them. A file of its own, because Temporal
 * loads it by its path, in the worker and in the workflow bundle.
 */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
