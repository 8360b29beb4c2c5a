import type { LeaseGrant } from "@seatrial/contracts/agent-protocol/claim.ts";
import type { FinishRequest } from "@seatrial/contracts/agent-protocol/report.ts";
import { SeatrialError } from "@seatrial/contracts/errors.ts";

/** What a fake hub knows of one lease. */
export type FakeLease = {
  grant: LeaseGrant;
  state: "queued" | "given" | "held" | "done";
  cancelled: boolean;
  disowned: boolean;
  released: boolean;
  log: string;
  stamp: string | null;
  gaps: string[];
  progress: string[];
  finish: FinishRequest | null;
};

export function newFakeLease(grant: LeaseGrant): FakeLease {
  return {
    grant,
    state: "queued",
    cancelled: false,
    disowned: false,
    released: false,
    log: "",
    stamp: null,
    gaps: [],
    progress: [],
    finish: null,
  };
}

type LogRequest = { offset: number; text: string; gap: string | null; stamp: string | null };

/** Takes progress, output or an end as a hub does; throws `log_gap` for output that would leave a hole. */
export function reportTo(lease: FakeLease, verb: string, body: never, logLimitBytes: number): unknown {
  if (verb === "progress") lease.progress.push((body as { state: string }).state);
  if (verb === "finish") {
    const duplicate = lease.finish !== null;
    lease.finish ??= body;
    lease.state = "done";
    return { state: "over", duplicate };
  }
  if (verb !== "logs") return {};
  const { offset, text, gap, stamp }: LogRequest = body ?? { offset: 0, text: "", gap: null, stamp: null };
  const bytes = Buffer.from(lease.log);
  if (offset > bytes.length)
    throw new SeatrialError("log_gap", "Text before this is missing.", {
      facts: { nextOffset: bytes.length },
    });
  if (gap) lease.gaps.push(gap);
  lease.log += Buffer.from(text)
    .subarray(bytes.length - offset)
    .toString("utf8");
  lease.stamp = stamp ?? lease.stamp;
  const nextOffset = Buffer.byteLength(lease.log);
  return { nextOffset, stamp: lease.stamp, full: nextOffset >= logLimitBytes };
}
