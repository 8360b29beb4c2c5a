import type { ContainerStatus, Pod, PodCondition, TerminatedState } from "@seatrial/kube-link/kube-types.ts";
import { mainContainer } from "../pods/build-pod.ts";
import { collectContainer, prepareContainer } from "../pods/helper-layout.ts";

/** The containers of an attempt's pod by their part in it. */
export type ContainerStates = {
  main: ContainerStatus | undefined;
  prepare: ContainerStatus | undefined;
  collect: ContainerStatus | undefined;
  mainEnd: TerminatedState | undefined;
  prepareEnd: TerminatedState | undefined;
  collectEnd: TerminatedState | undefined;
  hasCollector: boolean;
};

export function containerStates(pod: Pod): ContainerStates {
  const inits = pod.status?.initContainerStatuses ?? [];
  const main = pod.status?.containerStatuses?.find((status) => status.name === mainContainer);
  const prepare = inits.find((status) => status.name === prepareContainer);
  const collect = inits.find((status) => status.name === collectContainer);
  return {
    main,
    prepare,
    collect,
    mainEnd: main?.state?.terminated,
    prepareEnd: prepare?.state?.terminated,
    collectEnd: collect?.state?.terminated,
    hasCollector: pod.spec.initContainers?.some((container) => container.name === collectContainer) ?? false,
  };
}

/** True when the tests' own container has ended, whatever else still runs. */
export function isMainOver(pod: Pod): boolean {
  return containerStates(pod).mainEnd !== undefined;
}

export function conditionOf(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}
