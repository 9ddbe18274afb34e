import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface InstalledPackage {
  /** The file that would be published. */
  readonly tarball: string;
  /** The folder with the node_modules. */
  readonly folder: string;
  remove(): void;
}

/**
 * Installs what `npm pack` makes of the repository at `root` into a temporary folder, and with it what its own package.json names as
 * dependencies, in the versions that are installed here: no registry is asked.
 */
export function installPackage(root: string): InstalledPackage {
  const folder = mkdtempSync(join(tmpdir(), "wsimd-installed-"));
  const modules = join(folder, "node_modules");
  const home = join(modules, "wsimd");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // `prepack` would build what is tested, and has been built.
  const options = { cwd: root, shell: process.platform === "win32" };
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], options);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
  // Every entry of a package's tarball lies below a folder "package".
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", home]);
  for (const name of dependenciesOf(home, root)) {
    cpSync(join(root, "node_modules", name), join(modules, name), { recursive: true });
  }
  return { tarball, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The names of all packages that the one in `home` needs. */
function dependenciesOf(home: string, root: string): Set<string> {
  const read = (folder: string) =>
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { dependencies?: Record<string, string> };
  const names = new Set(Object.keys(read(home).dependencies ?? {}));
  for (const name of names) {
    for (const more of Object.keys(read(join(root, "node_modules", name)).dependencies ?? {})) names.add(more);
  }
  return names;
}
