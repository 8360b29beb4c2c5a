import type { KubeClient } from "@seatrial/kube-link/kube-client.ts";
import { listObjects } from "@seatrial/kube-link/list-objects.ts";
import type { ClusterObject } from "../teardown/found-object.ts";
import { type Cause, shellCommand } from "./cause.ts";

const root = "/apis/admissionregistration.k8s.io/v1";
const kinds = {
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
} as const;
type ClientConfig = { url?: string; service?: { namespace?: string; name?: string } };
export type WebhookConfiguration = ClusterObject & {
  kind: keyof typeof kinds;
  webhooks?: { name: string; clientConfig?: ClientConfig }[];
};

/** What the API server says when a webhook cannot be called, or says no. */
const named = /(?:failed calling|admission) webhook "([^"]+)"/g;

/** The names of webhooks in refusals and conditions, each with the first message that has it. */
export function namedWebhooks(messages: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const message of messages)
    for (const [, name = ""] of message.matchAll(named)) if (!found.has(name)) found.set(name, message);
  return found;
}

/** Which webhook configurations the messages speak of. */
export async function findRefusingWebhooks(
  kube: KubeClient,
  messages: readonly string[],
  signal?: AbortSignal,
): Promise<Cause[]> {
  const wanted = namedWebhooks(messages);
  if (wanted.size === 0) return [];
  const configurations = await Promise.all(
    Object.entries(kinds).map(async ([kind, plural]) =>
      (await listObjects<WebhookConfiguration>(kube, `${root}/${plural}`, { signal })).map((one) => ({
        ...one,
        kind: kind as keyof typeof kinds,
      })),
    ),
  );
  return [...wanted].flatMap(([name, message]) => explainWebhook(name, message, configurations.flat()));
}

export function explainWebhook(
  name: string,
  message: string,
  configurations: readonly WebhookConfiguration[],
): Cause[] {
  return configurations
    .filter(({ webhooks }) => webhooks?.some((webhook) => webhook.name === name))
    .map(({ kind, metadata, webhooks }) => {
      const client = webhooks?.find((webhook) => webhook.name === name)?.clientConfig;
      const plural = kinds[kind];
      const path = `${root}/${plural}/${encodeURIComponent(metadata.name)}`;
      const { name: of, uid } = metadata;
      return {
        key: `webhook ${uid} ${name}`,
        kind: "refusing_webhook" as const,
        object: { apiVersion: "admissionregistration.k8s.io/v1", kind, namespace: null, name: of, uid },
        message:
          `webhook ${name} of ${kind} ${of} (${describe(client)}) lets nothing be deleted: ${message}`.slice(
            0,
            2_000,
          ),
        command: shellCommand("kubectl", "delete", `${plural}.admissionregistration.k8s.io`, of),
        since: null,
        repair: { kind: "delete_webhook" as const, path, uid, name: of },
      };
    });
}

function describe(client: ClientConfig | undefined): string {
  if (client?.service) return `service ${client.service.namespace}/${client.service.name}`;
  return client?.url ?? "no address";
}
