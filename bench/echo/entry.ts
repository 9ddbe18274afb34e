/** How a connection comes to wsimd's server: from an http server, or as a socket. */
export const ENTRIES = ["upgrade", "accept"] as const;
export type Entry = (typeof ENTRIES)[number];
