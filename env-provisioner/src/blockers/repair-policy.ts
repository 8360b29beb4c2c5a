/**
 * What the cluster's owner lets a removal repair by itself, from the provisioner's configuration. Everything is named
 * one by one; the default repairs nothing, and what is not named here is only told.
 */
export type RepairPolicy = {
  /** Finalizers, such as `example.com/cleanup`, that may be taken off objects of an environment. */
  readonly removeFinalizers: readonly string[];
  /** True: the records of pods whose node is lost may be deleted without the kubelet's word. */
  readonly forceDeletePodsOnLostNodes: boolean;
  /** APIServices, such as `v1beta1.metrics.k8s.io`, that may be deleted when they are not available. */
  readonly deleteDeadApiServices: readonly string[];
  /** Webhook configurations that may be deleted when they refuse a removal or cannot be reached. */
  readonly deleteRefusingWebhooks: readonly string[];
  /** Seconds that a cause must be seen before it is repaired: whoever should act gets that long. */
  readonly afterSeconds: number;
};

export const noRepairs: RepairPolicy = {
  removeFinalizers: [],
  forceDeletePodsOnLostNodes: false,
  deleteDeadApiServices: [],
  deleteRefusingWebhooks: [],
  afterSeconds: 15,
};
