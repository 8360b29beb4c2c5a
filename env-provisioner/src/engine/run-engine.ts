import "./without-installer.ts";
import languageServices from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { createTypeFinder } from "@seatrial/kube-link/find-type.ts";
import { serveProvider } from "../kubernetes-provider/serve-provider.ts";
import type { OperationError } from "../operation-error.ts";
import {
  type Checkpoint,
  kubernetesResources,
  objectsOf,
  parseCheckpoint,
  serializeCheckpoint,
} from "./checkpoint.ts";
import { collectEvents } from "./collect-events.ts";
import { prepareFolder, readState } from "./engine-folder.ts";
import type { EngineOutcome, EngineRequest } from "./engine-request.ts";
import { chooseFailure, createStop } from "./engine-stop.ts";
import { loadLanguageServer } from "./load-language-server.ts";
import { createPlanBook } from "./plan-book.ts";
import { readOutputs } from "./read-outputs.ts";
import { mendCheckpoint } from "./recover-state.ts";
import { runCli } from "./run-cli.ts";
import { runStages } from "./run-stages.ts";
import { serveLocally } from "./serve-locally.ts";
import { serveStateKey } from "./serve-state-key.ts";
import { startingCheckpoint } from "./starting-checkpoint.ts";
import { createStepClock } from "./step-clock.ts";

/**
 * Runs one operation with one engine process and answers with the state it left. A failure of the operation is in the
 * outcome, with a closed code; it throws `state_unreadable` for a previous state that is none, and what the machine
 * fails at, such as a full disk.
 */
export async function runEngine(request: EngineRequest): Promise<EngineOutcome> {
  const before = startingCheckpoint(request);
  const stop = createStop(request);
  const clock = createStepClock(request.onStep);
  const findType = createTypeFinder(request.kube);
  const book = createPlanBook(before);
  const failures: OperationError[] = [];
  let programError: unknown = null;

  const program = async () => {
    clock.started();
    if (request.action === "destroy") return;
    try {
      await runStages({
        ...request,
        knownType: book.knownType,
        onPlanned(stage, planned) {
          book.add(planned);
          clock.planned(stage);
        },
        onReady: clock.ready,
        readOutputs: (stage, planned) => readOutputs({ kube: request.kube, findType }, stage, planned),
      });
    } catch (error) {
      programError = error;
      throw error;
    }
  };

  await using services = new AsyncDisposableStack();
  const owned = <Service extends { close: () => void }>(service: Service) =>
    services.adopt(service, async (one) => one.close());
  const key = owned(await serveStateKey(request.stateKey));
  const events = owned(await collectEvents());
  const languageServer = await loadLanguageServer(program);
  const language = owned(await serveLocally(languageServices.LanguageRuntimeService, languageServer));
  const serveEmbedded = async () =>
    owned(
      await serveProvider(
        {
          kube: request.kube,
          findType,
          environmentId: request.environmentId,
          waitForIngress: request.waitForIngress ?? false,
          expectsEndpoints: book.expectsEndpoints,
          placeOf: book.placeOf,
          isUnsettled: book.isUnsettled,
          onApplied: clock.applied,
          onFailure: (failure) => failures.push(failure),
        },
        stop.signal,
      ),
    ).port;
  const provider = request.provider?.kind === "plugin" ? null : await serveEmbedded();
  services.defer(async () => stop.clear());
  await prepareFolder(request, serializeCheckpoint(before), key);
  const ports = { language: language.port, provider, events: events.port };
  const { code, output } = await runCli({
    ...request,
    ports: request.action === "destroy" ? { ...ports, language: null } : ports,
    environment: key.environment,
    refresh: request.action === "up" && kubernetesResources(before).length > 0,
    signal: stop.signal,
  });
  clock.ended();
  tidy(languageServer, code !== 0);
  const after = await checkpointAfter(request, before);
  return {
    state: serializeCheckpoint(after),
    objects: objectsOf(after),
    failure: chooseFailure({ code, output, failures, programError, stop, errors: events.errors() }),
    changes: events.changes(),
    steps: clock.steps,
  };
}

/** What the engine wrote last, mended when it was killed; a file it did not finish leaves what was before. */
async function checkpointAfter(request: EngineRequest, before: Checkpoint): Promise<Checkpoint> {
  const written = parseCheckpoint(await readState(request));
  return written === null ? before : mendCheckpoint(written);
}

function tidy(server: { onPulumiExit: (hasError: boolean) => void }, hasError: boolean): void {
  try {
    server.onPulumiExit(hasError);
  } catch {
    // It counts promises that never ended; the process ends after the operation.
  }
}
