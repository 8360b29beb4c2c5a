import type { Blocker, Proof } from "@seatrial/contracts/environments/proof.ts";
import { KubeError } from "@seatrial/kube-link/kube-error.ts";
import type { RemovalPass } from "../teardown/removal-pass.ts";
import type { RemovalRequest } from "../teardown/removal-request.ts";
import type { Cause } from "./cause.ts";
import { explainProof } from "./explain-proof.ts";
import { findCauses } from "./find-causes.ts";
import { doRepair, permittedRepair } from "./repair-cause.ts";

export type BlockerWatch = {
  /** Looks at the cluster, tells what has changed, and repairs what the policy permits. If no cause shows, what a proof
   * found left is told. */
  look: (pass: RemovalPass, proof: Proof | null) => Promise<void>;
  /** The API server does not answer, or answers with something nobody expected. */
  unreachable: (error: KubeError) => void;
  /** What blocks now; if nothing was found, what the proof says is left. Never empty. */
  all: (proof: Proof) => readonly Blocker[];
  /** Nothing blocks any more. Returns the empty list. */
  clear: () => readonly Blocker[];
};
type Known = {
  cause: Cause;
  looks: number;
  firstSeenAt: number;
  /** The same by `Clock.elapsed`: a repair that is made too early destroys something. */
  knownFrom: number;
  repaired: string | null;
};

/** Seen in one look only it may be on its way; in two it blocks. */
const looksNeeded = 2;
const most = 50;

/** Keeps what blocks a removal from look to look. */
export function createBlockerWatch(deps: {
  request: RemovalRequest;
  step: (name: string, message?: string) => void;
}): BlockerWatch {
  const { kube, clock, policy, signal, onBlockers } = deps.request;
  let known = new Map<string, Known>();
  let told = "[]";

  function remember(causes: readonly Cause[]): void {
    const firstSeen = { firstSeenAt: clock.now(), knownFrom: clock.elapsed() };
    known = new Map(
      causes.map((cause) => {
        const before = known.get(cause.key) ?? { looks: 0, ...firstSeen, repaired: null };
        return [cause.key, { ...before, cause, looks: before.looks + 1 }];
      }),
    );
  }
  function blockers(): Blocker[] {
    return [...known.values()]
      .filter(({ looks }) => looks >= looksNeeded)
      .slice(0, most)
      .map(write);
  }
  function tell(): void {
    const now = blockers();
    const text = JSON.stringify(now.map(({ message: _, ...rest }) => rest));
    if (text === told) return;
    told = text;
    onBlockers?.(now);
  }
  async function repair(): Promise<void> {
    for (const one of known.values()) {
      const { cause, knownFrom, looks } = one;
      const isDue = clock.elapsed() >= knownFrom + policy.afterSeconds * 1_000;
      const words = permittedRepair(cause.repair, policy);
      if (cause.repair === null || words === null || !isDue || looks < looksNeeded) continue;
      try {
        await doRepair(kube, cause.repair, signal);
        one.repaired = words;
        deps.step("repaired", `${cause.object?.kind ?? ""} ${cause.object?.name ?? ""}: ${words}`);
      } catch (error) {
        if (!(error instanceof KubeError) || error.status === 0) throw error;
        // Refused: it stays a blocker and says so.
        one.cause = { ...cause, message: `${cause.message} The repair was refused: ${error.message}` };
      }
    }
  }

  return {
    async look(pass, proof) {
      const causes = await findCauses(pass);
      remember(causes.length > 0 || proof === null ? causes : explainProof(proof));
      tell();
      await repair();
      tell();
    },
    unreachable(error) {
      const kind = error.status === 0 ? "unreachable" : "unknown";
      const facts = { object: null, message: error.message, command: null, since: null, repair: null };
      remember([{ key: kind, kind, ...facts }]);
      // A call that hangs has taken half a minute already.
      for (const one of known.values()) one.looks = looksNeeded;
      tell();
    },
    all(proof) {
      if (known.size === 0) remember(explainProof(proof));
      for (const one of known.values()) one.looks = Math.max(one.looks, looksNeeded);
      tell();
      return blockers();
    },
    clear() {
      known.clear();
      tell();
      return [];
    },
  };
}

/** A blocker as the hub takes it. Half a command is none. */
function write({ cause, firstSeenAt, repaired }: Known): Blocker {
  const { kind, object, message, command, since } = cause;
  const seen = new Date(firstSeenAt).toISOString();
  // Kubernetes writes times without fractions, the contract takes both.
  const whole = command !== null && command.length <= 2_000 ? command : null;
  return { kind, object, message: message.slice(0, 2_000), command: whole, repaired, since: since ?? seen };
}
