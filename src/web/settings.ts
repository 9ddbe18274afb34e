import { type AdapterOptions, AdapterSettings, readOnce } from "../adapter/settings.ts";
import type { AnyConnectionHandler } from "../connection/handler.ts";
import type { Role } from "../protocol/role.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** How a connection on streams of bytes behaves. */
export interface StreamOptions extends Omit<AdapterOptions, "role"> {
  /** Takes what happens, as it happens. Without one, a loop over the connection has its messages, or its `messages` have. */
  readonly handler?: AnyConnectionHandler<StreamConnection> | undefined;
}

/** The settings of an options object, which is read once. */
export const settingsFor: (role: Role, options: StreamOptions) => AdapterSettings = readOnce(
  (role, options) => new AdapterSettings({ ...options, role }),
);
