import grpc from "@grpc/grpc-js";

export type LocalService = { port: number; close: () => void };

const unlimited = -1;

/** A gRPC service on a free port of the loopback interface. */
export async function serveLocally<Implementation extends grpc.UntypedServiceImplementation>(
  definition: grpc.ServiceDefinition<grpc.UntypedServiceImplementation>,
  implementation: Implementation,
): Promise<LocalService> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": unlimited,
    "grpc.max_send_message_length": unlimited,
  });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
