/** Sizes that hub, helper, agent and CLI agree on. Bytes unless the name says otherwise. */
export const limits = {
  /** A request body that is JSON. */
  jsonBodyBytes: 1_048_576,
  /** The same of reports with thousands of objects: a sweep, an operation's end. */
  jsonReportBytes: 8 * 1_048_576,
  /** A content archive as uploaded (gzip). */
  contentArchiveBytes: 256 * 1_048_576,
  /** A content archive unpacked: guards against bombs. */
  contentUnpackedBytes: 2_048 * 1_048_576,
  contentEntries: 100_000,
  /** One report file; a JUnit file over this is refused by name. */
  reportBytes: 64 * 1_048_576,
  reportCases: 100_000,
  artifactBytes: 256 * 1_048_576,
  artifactFiles: 200,
  uploadChunkBytes: 4 * 1_048_576,
  logChunkBytes: 65_536,
  /** Console output kept of one attempt; the rest is dropped and a gap record says so. */
  attemptLogBytes: 16 * 1_048_576,
  caseNameCharacters: 1_000,
  /** The same name in UTF-8: an index entry of Postgres has at most 2704 bytes. */
  caseNameBytes: 2_500,
  messageCharacters: 2_000,
  detailCharacters: 20_000,
  configurationBytes: 262_144,
  /** Keys of all its maps together. */
  configurationKeys: 10_000,
  shardsPerSuite: 500,
  /** After `clusters: {each: …}` made its copies. */
  suitesPerRun: 50,
  /** A suite's name within a run: its own (40), `@`, and the place that `each` gave it. */
  runSuiteNameCharacters: 110,
  /** A template's objects as rendered YAML, all components together. */
  renderedBytes: 4 * 1_048_576,
  renderedObjects: 2_000,
  /** Keys of one YAML document of a template, all its maps together. */
  documentKeys: 100_000,
  componentsPerTemplate: 20,
  /** Environments of one project that are not deleted; more are refused with `quota_exceeded`. */
  environmentsPerProject: 200,
  /** More are refused with `quota_exceeded`. */
  schedulesPerProject: 100,
  /** A fortnight: what has no pin is gone by then. */
  environmentTtlSeconds: 1_209_600,
  /** An environment's encrypted state. */
  stateBytes: 64 * 1_048_576,
} as const;
