import { afterEach, describe, expect, test, vi } from "vitest";
import { createWasmKernel, defaultKernel, selectKernel } from "../../src/kernel/select.ts";
import { typescriptKernel } from "../../src/kernel/typescript-kernel.ts";
import { compiledModule } from "../../src/kernel/wasm/compiled.ts";

/** A module that does nothing: "\0asm", version 1. */
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
/** The same, with an import: section 2, one import "a" "b", a function of type 0, which section 1 defines. */
const IMPORTING_MODULE = Uint8Array.of(
  ...EMPTY_MODULE,
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x02, 0x07, 0x01, 0x01, 0x61, 0x01, 0x62, 0x00, 0x00],
);

/** `WebAssembly` as a runtime has it that lacks, or forbids, one thing. */
function stubWebAssembly(members: Partial<Record<keyof typeof WebAssembly, unknown>>): void {
  const stub = {};
  for (const name of Object.getOwnPropertyNames(WebAssembly) as (keyof typeof WebAssembly)[]) {
    Object.defineProperty(stub, name, { value: WebAssembly[name], configurable: true });
  }
  for (const [name, value] of Object.entries(members)) Object.defineProperty(stub, name, { value });
  vi.stubGlobal("WebAssembly", stub);
}

/** A class that cannot be constructed, as `new WebAssembly.Module` where code generation is disallowed. */
function forbidden(message: string): unknown {
  const { CompileError } = WebAssembly;
  return class {
    constructor() {
      throw new CompileError(message);
    }
  };
}

/** A kernel that works: whatever was selected must mask. */
function expectToWork(kernel: { mask(bytes: Uint8Array, start: number, end: number, key: number): number }): void {
  const bytes = Uint8Array.of(1, 2, 3);
  kernel.mask(bytes, 0, 3, 0x030201);
  expect([...bytes]).toStrictEqual([0, 0, 0]);
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("selection", () => {
  test("the WASM kernel runs here", () => {
    const { kernel, fallbackReason } = selectKernel();
    expect(kernel.name).toBe("wasm-simd");
    expect(fallbackReason).toBeUndefined();
    expectToWork(kernel);
  });

  test("a compiled module is used as it is handed over", () => {
    const module = compiledModule();
    stubWebAssembly({});
    const { Module } = WebAssembly;
    const compile = vi.fn();
    // From here on nothing can be compiled, as in workerd; instances of what was compiled before can be made.
    Object.defineProperty(WebAssembly, "Module", {
      value: class {
        static [Symbol.hasInstance] = (value: unknown) => value instanceof Module;
        constructor() {
          compile();
        }
      },
    });
    const { kernel, fallbackReason } = selectKernel(module);
    expect(kernel.name).toBe("wasm-simd");
    expect(fallbackReason).toBeUndefined();
    expect(compile).not.toHaveBeenCalled();
    expectToWork(kernel);
  });

  test("each WASM kernel has memory of its own", () => {
    const module = compiledModule();
    const [one, other] = [createWasmKernel(module), createWasmKernel(module)];
    const bytes = one.acquireReceiveBuffer().bytes;
    expect(bytes.buffer).not.toBe(other.acquireReceiveBuffer().bytes.buffer);
  });

  test.each([
    ["an empty module", EMPTY_MODULE],
    ["a module that wants imports", IMPORTING_MODULE],
  ])("%s gives the TypeScript kernel and the reason", (_, bytes) => {
    const module = new WebAssembly.Module(bytes);
    expect(() => createWasmKernel(module)).toThrow(TypeError);
    const { kernel, fallbackReason } = selectKernel(module);
    expect(kernel).toBe(typescriptKernel);
    expect(fallbackReason).toMatch(/^TypeError: /);
    expectToWork(kernel);
  });

  test.each([
    ["bytes", new Uint8Array(8)],
    ["null", null],
    ["an instance", { exports: {} }],
  ])("%s in place of a module gives a TypeError that names the argument", (_, module) => {
    expect(() => createWasmKernel(module as unknown as WebAssembly.Module)).toThrow(TypeError);
    expect(() => createWasmKernel(module as unknown as WebAssembly.Module)).toThrow(/^module /);
    expect(selectKernel(module as unknown as WebAssembly.Module).kernel.name).toBe("typescript");
  });

  test("without WebAssembly the TypeScript kernel serves", () => {
    vi.stubGlobal("WebAssembly", undefined);
    const { kernel, fallbackReason } = selectKernel();
    expect(kernel.name).toBe("typescript");
    expect(fallbackReason).toContain("no WebAssembly");
    expectToWork(kernel);
    expect(() => createWasmKernel()).toThrow("no WebAssembly");
  });

  test("where compiling is forbidden the TypeScript kernel serves, with the engine's words", () => {
    stubWebAssembly({ Module: forbidden("Wasm code generation disallowed by embedder") });
    const { kernel, fallbackReason } = selectKernel();
    expect(kernel.name).toBe("typescript");
    expect(fallbackReason).toContain("Wasm code generation disallowed by embedder");
    expectToWork(kernel);
  });

  test("without SIMD, which compiling tells, the TypeScript kernel serves", () => {
    stubWebAssembly({ Module: forbidden("invalid opcode 0xfd: SIMD support is not enabled") });
    expect(selectKernel()).toMatchObject({
      kernel: { name: "typescript" },
      fallbackReason: expect.stringContaining("SIMD support is not enabled"),
    });
  });

  test("where instantiating is forbidden the TypeScript kernel serves, with a module handed over too", () => {
    const module = compiledModule();
    stubWebAssembly({ Instance: forbidden("Refused to create a WebAssembly object") });
    for (const selection of [selectKernel(), selectKernel(module)]) {
      expect(selection.kernel.name).toBe("typescript");
      expect(selection.fallbackReason).toContain("Refused to create a WebAssembly object");
    }
  });

  test("the default kernel is selected once", () => {
    expect(defaultKernel()).toBe(defaultKernel());
    expect(defaultKernel().kernel.name).toBe("wasm-simd");
  });
});

describe("importing wsimd", () => {
  test("asks nothing of WebAssembly or crypto until a kernel is needed", async () => {
    const asked: string[] = [];
    for (const name of ["WebAssembly", "crypto"] as const) {
      const value = globalThis[name];
      const trap = new Proxy(value as object, {
        get: (target, member) => {
          asked.push(`${name}.${String(member)}`);
          return Reflect.get(target, member);
        },
        apply: (target, _, args) => {
          asked.push(name);
          return Reflect.apply(target as (...args: unknown[]) => unknown, undefined, args);
        },
      });
      vi.stubGlobal(name, trap);
    }
    vi.resetModules();
    const wsimd = await import("../../src/index.ts");
    new wsimd.FrameDecoder({ role: "server" });
    new wsimd.FrameEncoder({ role: "server" });
    new wsimd.MessageDecoder({ role: "client" });
    expect(asked).toStrictEqual([]);
    expect(wsimd.defaultKernel().kernel.name).toBe("wasm-simd");
    expect(asked).toContain("WebAssembly.Module");
  });

  test("throws nothing where there is no WebAssembly or crypto, and decodes", async () => {
    for (const name of ["WebAssembly", "crypto"]) vi.stubGlobal(name, undefined);
    vi.resetModules();
    const { FrameDecoder, defaultKernel } = await import("../../src/index.ts");
    const [frame] = new FrameDecoder({ role: "client" }).frames(Uint8Array.of(0x81, 0x02, 0x68, 0x69));
    expect(frame.text()).toBe("hi");
    expect(defaultKernel()).toMatchObject({ kernel: { name: "typescript" }, fallbackReason: expect.any(String) });
  });

  test("throws nothing where compiling is forbidden", async () => {
    stubWebAssembly({ Module: forbidden("disallowed") });
    vi.resetModules();
    const { defaultKernel } = await import("../../src/index.ts");
    expect(defaultKernel().kernel.name).toBe("typescript");
    expect(defaultKernel().fallbackReason).toContain("disallowed");
  });
});
