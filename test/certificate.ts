// A certificate of our own for the tests with TLS, made by openssl where that is installed.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whereIs } from "./installed.ts";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const OPENSSL = whereIs("openssl");

/** What to add to the title of tests that are skipped without it. In CI it must be there, and nothing is skipped. */
export const { skipped: NO_TLS, reason: NO_TLS_REASON } = OPENSSL;

/** A key, and a certificate that signs itself, for these names, such as `DNS:localhost` or `IP:127.0.0.1`. */
export function createCertificate(...names: string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "wsimd-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    const named = ["-subj", "/CN=wsimd test", "-addext", `subjectAltName=${names.join(",")}`];
    execFileSync(OPENSSL.path, [...made, ...named, "-keyout", key, "-out", cert], { stdio: "pipe" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
