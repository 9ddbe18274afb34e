import { checkList, shown } from "../protocol/argument.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** The version of the protocol that RFC 6455 defines, as Sec-WebSocket-Version carries it. */
export const VERSION = "13";

/**
 * The versions whose frames are those of RFC 6455: its own, and of the drafts before it hybi-08 to hybi-12 (8) and
 * hybi-07 (7).
 */
export type Version = 13 | 8 | 7;

const KNOWN: readonly Version[] = [13, 8, 7];

/** @throws RangeError when it is none of those this library speaks. */
export function checkKnown(version: Version): void {
  if (!KNOWN.includes(version))
    throw new RangeError(`version must be one of ${KNOWN.join(", ")}, not ${shown(version)}`);
}

/** @throws TypeError, RangeError when it is no list of versions that this library speaks. */
export function checkVersions(versions: readonly Version[]): void {
  checkList("versions", "versions", versions, (_, version) => checkKnown(version));
}

/**
 * The version the client speaks. §4.2.2: one that this server does not understand is answered with "an appropriate HTTP
 * error code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header field indicating the version(s) the server
 * is capable of understanding" (§4.4). Where there is none, the answer tells the client what it lacks.
 */
export function readVersion(
  fields: ReadonlyMap<string, readonly string[]>,
  versions: readonly Version[],
  mismatch: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
): Version | Refusal {
  const lines = fields.get("sec-websocket-version") ?? [];
  // §11.3.5: "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP request."
  if (lines.length > 1) return refuse(400, {}, "Sec-WebSocket-Version must not be repeated.");
  const version = versions.find((one) => String(one) === lines[0]);
  if (version !== undefined) return version;
  const spoken = versions.join(", ");
  return refuse(
    mismatch.status,
    { ...mismatch.headers, "Sec-WebSocket-Version": spoken },
    `The request needs a Sec-WebSocket-Version that this server speaks: ${spoken}.`,
  );
}
