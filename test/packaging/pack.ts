// Packs the package once for all tests of this folder, and installs it as a program has it that depends on it.

import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { installPackage } from "../runtimes/installed-package.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The file that would be published. */
    readonly tarball: string;
    /** A program's folder, in whose `node_modules` it is installed. */
    readonly program: string;
  }
}

export default function pack(project: TestProject): () => void {
  const { tarball, folder, remove } = installPackage(resolve(import.meta.dirname, "../.."));
  project.provide("tarball", tarball);
  project.provide("program", folder);
  return remove;
}
