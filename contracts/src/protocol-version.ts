/** Version of the agent protocol in every agent route. The hub serves N and N-1 (from part 3 on). */
export const protocolVersion = "v1";
